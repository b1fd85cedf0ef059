import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Makes a folder the package of this manifest and packs it into `out`. Resolves to the tarball's path. */
export async function npmPack(folder: string, manifest: object, out: string): Promise<string> {
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await mkdir(out, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', out];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 16 << 20 });
  const packed = (JSON.parse(stdout) as readonly { readonly filename: string }[])[0];
  if (packed === undefined) throw new Error(`npm pack said nothing about ${folder}`);
  return join(out, packed.filename);
}
