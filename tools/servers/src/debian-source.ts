import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { madeProgram } from './made-program.ts';
import type { Need } from './server.ts';

export interface DebianSource {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of Debian's `<name>_<version>.orig.tar.gz`, which comes without encryption from any mirror. */
  readonly sha256: string;
  /** What CMake builds, inside its build folder. */
  readonly file: string;
}

const run = promisify(execFile);

/** A library of a later Debian, built of its source by CMake, from the mirror that this machine has its packages from. */
export function debianSource({ name, version, sha256, file }: DebianSource): Need {
  return madeProgram({
    name,
    version,
    file: join('build', file),
    from: `Debian's source of ${name}`,
    make: async (folder) => {
      const archive = await fetchArchive(`pool/main/${poolFolder(name)}/${name}_${version}.orig.tar.gz`, sha256);
      await writeFile(join(folder, 'source.tar.gz'), archive);
      await run('tar', ['-xzf', 'source.tar.gz', '--strip-components=1'], { cwd: folder });
      await run('cmake', ['-S', '.', '-B', 'build', '-DCMAKE_BUILD_TYPE=Release'], { cwd: folder });
      await run('cmake', ['--build', 'build', '--parallel', '2'], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    },
  });
}

/** Debian sorts its pool by the first letter, and libraries by the first after `lib`. */
const poolFolder = (name: string): string => `${name.slice(0, name.startsWith('lib') ? 4 : 1)}/${name}`;

async function fetchArchive(path: string, sha256: string): Promise<Buffer> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  // Security updates and the like have pools of their own, so the first that has it is the one.
  let answer: Response | undefined;
  for (const mirror of new Set(stdout.split('\n').filter((uri) => uri !== ''))) {
    answer = await fetch(mirror + path);
    if (answer.ok) break;
  }
  if (answer?.ok !== true) throw new Error(`no mirror that apt-get names has ${path}`);
  const archive = Buffer.from(await answer.arrayBuffer());
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== sha256) throw new Error(`${path} has the SHA-256 ${found} instead of ${sha256}`);
  return archive;
}
