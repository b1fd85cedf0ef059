import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Daemons live in `sbin`, which a user's PATH often lacks. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of a program or, named by such a path, of a module. Undefined when this machine has none of that name. */
export async function findProgram(name: string): Promise<string | undefined> {
  if (isAbsolute(name)) return (await allows(name, constants.R_OK)) ? name : undefined;
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && (await allows(path, constants.X_OK))) return path;
  }
  return undefined;
}

const allows = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
