import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { madeProgram } from './made-program.ts';
import type { Need } from './server.ts';

/** A program of an npm package with its hundreds of dependencies, which are kept out of this repository's own. */
export function npmProgram(name: string, version: string, program: string): Need {
  return madeProgram({
    name,
    version,
    file: join('node_modules', '.bin', program),
    from: `npm package ${name}`,
    make: async (folder) => {
      await promisify(execFile)(
        'npm',
        [
          'install',
          '--prefix',
          folder,
          '--no-audit',
          '--no-fund',
          '--no-save',
          '--ignore-scripts',
          `${name}@${version}`,
        ],
        { cwd: dirname(folder), maxBuffer: 64 * 1024 * 1024 },
      );
    },
  });
}
