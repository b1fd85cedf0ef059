import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryStore } from '@hayloft/directory-store';
import type { BlobInfo } from '@hayloft/engine';
import { callsSuffer, strikeCalls } from '../calls/strike-calls.ts';
import { Striker } from '../striker.ts';
import type { Place, StoreUnderTest } from '../run/store-under-test.ts';

/** A directory. No network is before it: the calls themselves suffer what a disk may do. */
export const fileStore: StoreUnderTest = {
  name: 'file',
  type: 'file',
  servers: [],
  makes: callsSuffer,
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'hayloft-faults-'));
    return {
      makePlace: (name) => makePlace(join(folder, name)),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    };
  },
};

async function makePlace(path: string): Promise<Place> {
  const open = () => createDirectoryStore({ path, location: `file://${path}/`, create: true });
  const seen = new Map<string, readonly BlobInfo[]>();
  let before = new Map(seen);
  let striker: Striker | undefined;
  const fire = {
    get striker() {
      return striker;
    },
    remembered: (prefix: string) => before.get(prefix),
    see: (prefix: string, listing: readonly BlobInfo[]) => void seen.set(prefix, listing),
  };
  return {
    arm(fault) {
      striker = fault === undefined ? undefined : new Striker(fault);
      return striker;
    },
    rememberListings() {
      before = new Map(seen);
    },
    open: async (way) => (way === 'around' ? open() : strikeCalls(await open(), fire)),
    longhorn: { url: `vfs://${path}/`, env: {} },
    [Symbol.asyncDispose]: async () => {},
  };
}
