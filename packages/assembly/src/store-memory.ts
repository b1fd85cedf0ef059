import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobInfo, BlockDigest, Logger, StoreMemory } from '@hayloft/engine';
import { isGone, ownIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { ProvenBlocks } from './proven-blocks.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** 2^20 blocks are 2 TiB of images and 50 MB of memory; what is forgotten beyond costs a reading at most. */
const provenBlocksMax = 2 ** 20;

/**
 * What this machine remembers of the store at that location, under its state folder. Missing and broken files mean that
 * nothing is remembered, and one that cannot be written is only mentioned: a memory is a short cut, never a need.
 */
export async function openStoreMemory(stateFolder: string, location: string, logger: Logger): Promise<StoreMemory> {
  const folder = join(stateFolder, 'stores', createHash('sha256').update(location).digest('hex').slice(0, 32));
  const provenFile = join(folder, 'proven-blocks');
  const lockFile = (name: string): string => join(folder, 'locks', encodeURIComponent(name));
  let proven = ProvenBlocks.parse(await readIfThere(provenFile));
  const self = await ownIdentity();

  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.info(`could not ${what} in ${folder}`, { error: String(error) });
    }
  };

  return {
    isProven: (digest, listed) => proven.has(digest, listed),
    rememberProven: async (blobs: Iterable<{ readonly digest: BlockDigest; readonly listed: BlobInfo }>) => {
      await attempt('remember the proven blocks', async () => {
        // Another process may have written meanwhile: its blocks are kept.
        proven = ProvenBlocks.parse(await readIfThere(provenFile)).with(blobs, provenBlocksMax);
        await writeFileAtomically(provenFile, proven.serialise());
      });
    },
    rememberLock: async (name) => {
      if (self === undefined) return;
      await attempt('note a lock', async () => {
        await mkdir(join(folder, 'locks'), { recursive: true, mode: 0o700 });
        await writeFileAtomically(lockFile(name), JSON.stringify(self));
      });
    },
    forgetLock: async (name) => attempt('forget a lock', async () => rm(lockFile(name), { force: true })),
    isAbandoned: async (name) => {
      const identity = parseIdentity(await readIfThere(lockFile(name)));
      return identity !== undefined && (await isGone(identity));
    },
  };
}

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function parseIdentity(bytes: Buffer): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Partial<Record<keyof ProcessIdentity, unknown>> | null;
    const { pid, startedAt, boot, namespace } = value ?? {};
    if (!Number.isSafeInteger(pid) || typeof startedAt !== 'string') return undefined;
    if (typeof boot !== 'string' || typeof namespace !== 'string') return undefined;
    return { pid: pid as number, startedAt, boot, namespace };
  } catch {
    return undefined;
  }
}
