import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLogger } from '@hayloft/engine';
import type { BlobInfo } from '@hayloft/engine';
import { isGone, ownIdentity } from './process-identity.ts';
import { ProvenBlocks } from './proven-blocks.ts';
import { openStoreMemory } from './store-memory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-memory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const digest = (byte: number): string => Buffer.alloc(32, byte).toString('hex');
const listed = (sizeBytes: number, ms: number): BlobInfo => ({ key: 'k', sizeBytes, modifiedAt: new Date(ms) });
const open = (location = 'file:///s/') => openStoreMemory(folder, location, silentLogger);
const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));

test('a proven block is remembered for its store, as long as its listing is the same', async () => {
  await (await open()).rememberProven([{ digest: digest(1), listed: listed(10, 1000) }]);
  await (await open()).rememberProven([{ digest: digest(2), listed: listed(20, 2000) }]);
  const memory = await open();
  expect(memory.isProven(digest(1), listed(10, 1000))).toBe(true);
  expect(memory.isProven(digest(2), listed(20, 2000))).toBe(true);
  expect(memory.isProven(digest(1), listed(11, 1000))).toBe(false);
  expect(memory.isProven(digest(1), listed(10, 1001))).toBe(false);
  expect(memory.isProven(digest(3), listed(10, 1000))).toBe(false);
  expect((await open('file:///other/')).isProven(digest(1), listed(10, 1000))).toBe(false);
});

test('a memory with any flipped or missing byte remembers nothing', async () => {
  await (await open()).rememberProven([1, 2, 3].map((byte) => ({ digest: digest(byte), listed: listed(10, 1000) })));
  const file = files().find((path) => path.endsWith('proven-blocks'))!;
  const sound = readFileSync(file);
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
      const damaged = cut ? sound.subarray(0, at) : Buffer.from(sound);
      if (!cut) damaged[at] = damaged[at]! ^ change;
      expect(ProvenBlocks.parse(damaged).count).toBe(0);
    }),
  );
  writeFileSync(file, 'anything');
  expect((await open()).isProven(digest(1), listed(10, 1000))).toBe(false);
});

test('a table finds exactly the blocks that were put into it, and forgets old ones beyond its bound', () => {
  const block = fc.record({ byte: fc.nat(255), size: fc.nat(2 ** 21), ms: fc.nat(2 ** 40) });
  fc.assert(
    fc.property(fc.array(block), fc.array(block), (first, second) => {
      const entry = ({ byte, size, ms }: (typeof first)[0]) => ({ digest: digest(byte), listed: listed(size, ms) });
      const table = ProvenBlocks.empty.with(first.map(entry), 1000).with(second.map(entry), 1000);
      const latest = new Map([...first, ...second].map((each) => [each.byte, each]));
      const copy = ProvenBlocks.parse(table.serialise());
      expect(copy.count).toBe(latest.size);
      for (let byte = 0; byte < 256; byte++) {
        const known = latest.get(byte);
        expect(copy.has(digest(byte), listed(known?.size ?? 0, known?.ms ?? 0))).toBe(known !== undefined);
      }
    }),
  );
  const old = ProvenBlocks.empty.with([{ digest: digest(1), listed: listed(1, 1) }], 2);
  const full = old.with(
    [2, 3].map((byte) => ({ digest: digest(byte), listed: listed(1, 1) })),
    2,
  );
  expect([full.count, full.has(digest(1), listed(1, 1)), full.has(digest(3), listed(1, 1))]).toEqual([2, false, true]);
});

test('a lock is abandoned when its process is gone, and never when that cannot be seen from here', async () => {
  const memory = await open();
  await memory.rememberLock('lock-1');
  expect(await memory.isAbandoned('lock-1')).toBe(false);
  expect(await memory.isAbandoned('lock-of-another-machine')).toBe(false);

  const self = (await ownIdentity())!;
  const { pid } = spawnSync('true');
  const note = files().find((path) => path.endsWith('lock-1'))!;
  const abandonedAs = async (identity: object): Promise<boolean> => {
    writeFileSync(note, JSON.stringify(identity));
    return memory.isAbandoned('lock-1');
  };
  expect(await abandonedAs({ ...self, pid })).toBe(true);
  expect(await abandonedAs({ ...self, startedAt: '1' })).toBe(true); // the number was given to another process
  expect(await abandonedAs({ ...self, pid, boot: 'another' })).toBe(false);
  expect(await abandonedAs({ ...self, pid, namespace: 'pid:[1]' })).toBe(false);
  expect(await abandonedAs({ pid })).toBe(false);
  expect(await isGone(self)).toBe(false);
  await memory.forgetLock('lock-1');
  expect(await memory.isAbandoned('lock-1')).toBe(false);
});

test('a memory that cannot be written is no failure', async () => {
  writeFileSync(join(folder, 'stores'), 'a file where a folder should be');
  const memory = await open();
  await memory.rememberProven([{ digest: digest(1), listed: listed(1, 1) }]);
  await memory.rememberLock('lock-1');
  expect(await memory.isAbandoned('lock-1')).toBe(false);
});
