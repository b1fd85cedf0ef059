import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageProof, ImageTarget } from '../contracts/source.ts';

export interface MemoryTarget extends ImageTarget {
  /** What became visible; undefined until `commit`. */
  readonly committed: { readonly bytes: Uint8Array; readonly proof: ImageProof } | undefined;
  /** Every checkpoint recorded, in order. */
  readonly checkpoints: readonly { readonly token: string; readonly offset: number }[];
}

export interface MemoryTargetOptions {
  /** What an interrupted run left: its token and the good bytes. */
  readonly left?: { readonly token: string; readonly bytes: Uint8Array };
}

/**
 * A target whose file lies in a temporary folder, for the pipeline writes paths; a commit moves it into memory.
 * Synchronous inside, so that a simulation's order of events does not hang on the disk.
 */
export function createMemoryTarget(options: MemoryTargetOptions = {}): MemoryTarget {
  const folder = mkdtempSync(join(tmpdir(), 'hayloft-target-'));
  const path = join(folder, 'image');
  writeFileSync(path, options.left?.bytes ?? new Uint8Array(0));
  const checkpoints: { token: string; offset: number }[] = [];
  let committed: MemoryTarget['committed'];
  let resume = options.left && { token: options.left.token, offset: options.left.bytes.length };

  return {
    description: 'a file in memory',
    path,
    checkpoints,
    get resume() {
      return resume;
    },
    get committed() {
      return committed;
    },
    restart: async ({ signal }) => {
      signal.throwIfAborted();
      truncateSync(path, 0);
      resume = undefined;
    },
    checkpoint: async (token, offset, { signal }) => {
      signal.throwIfAborted();
      checkpoints.push({ token, offset });
    },
    commit: async (proof, { signal }) => {
      signal.throwIfAborted();
      committed = { bytes: readFileSync(path), proof };
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
