import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { madeProgram } from './made-program.ts';
import type { Need } from './server.ts';

/** A program that Go builds of its module. */
export function goProgram(path: string, version: string): Need {
  const name = basename(path);
  return madeProgram({
    name,
    version,
    file: name,
    from: `Go module ${path}`,
    make: async (folder) => {
      await promisify(execFile)('go', ['install', '-ldflags=-s -w', `${path}@${version}`], {
        // Static: no C compiler is needed. Where this Go is older than the module wants, it fetches the one wanted.
        env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '-trimpath', GOTOOLCHAIN: 'auto' },
        maxBuffer: 64 * 1024 * 1024,
      });
    },
  });
}
