import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { dataExtents, dataWindows } from './sparse.ts';
import { temporaryFolder } from './testing.ts';

const KiB = 1024;

/** The extents of a file of `sizeBytes` with 4 KiB of data at each offset. */
async function inFile<Result>(
  sizeBytes: number,
  offsets: readonly number[],
  look: (fd: number) => Promise<Result>,
): Promise<Result> {
  using folder = temporaryFolder();
  const fd = openSync(join(folder.path, 'file'), 'w+');
  try {
    ftruncateSync(fd, sizeBytes);
    for (const offset of offsets) writeSync(fd, new Uint8Array(4 * KiB).fill(1), 0, 4 * KiB, offset);
    return await look(fd);
  } finally {
    closeSync(fd);
  }
}

test('only where data was written is data, widened to units and joined', async () => {
  const sizeBytes = 5000 * KiB + 7;
  const offsets = [0, 1000 * KiB, 1040 * KiB, 4996 * KiB];
  expect(await inFile(sizeBytes, offsets, (fd) => dataExtents(fd, sizeBytes, 64 * KiB))).toEqual([
    { offset: 0, length: 64 * KiB },
    { offset: 960 * KiB, length: 128 * KiB },
    { offset: 4992 * KiB, length: 8 * KiB + 7 },
  ]);
});

test('a file of holes has no data, and an empty one neither', async () => {
  expect(await inFile(100 * KiB, [], (fd) => dataExtents(fd, 100 * KiB))).toEqual([]);
  expect(await inFile(0, [], (fd) => dataExtents(fd, 0))).toEqual([]);
});

test('a window with any data in it is listed once', async () => {
  const windows = await inFile(1000 * KiB, [0, 8 * KiB, 500 * KiB, 996 * KiB], (fd) =>
    dataWindows(fd, 1000 * KiB, 100 * KiB),
  );
  expect([...windows]).toEqual([0, 5, 9]);
});

test('where the system cannot tell, everything is data', async () => {
  const notOpen = -1;
  expect(await dataExtents(notOpen, 10)).toEqual([{ offset: 0, length: 10 }]);
});
