import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stagingFolder } from './blob-path.ts';
import { runStepsSync, type FileStep, type FileSteps } from './file-steps.ts';
import { publishBlob } from './publish-blob.ts';
import { removeBlob } from './remove-blob.ts';

const key = 'backupstore/backing-images/backing-images/parrot/backing-image.cfg';
const bytes = new TextEncoder().encode('the new bytes');
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hayloft-publish-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Carries out the first `count` steps, as a machine does that then loses its power. True when there were no more. */
function runFirstSteps(steps: FileSteps<unknown>, count: number, after: (step: FileStep) => void = () => {}): boolean {
  let next = steps.next();
  for (let done = 0; done < count && !next.done; done++) {
    const step = next.value;
    try {
      const answer = runStepsSync(once(step));
      after(step);
      next = steps.next(answer);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.done === true;
}

function* once(step: FileStep): FileSteps<string | number | undefined> {
  return yield step;
}

function emptyFolders(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name !== stagingFolder);
  const inside = entries.flatMap((entry) => (entry.isDirectory() ? emptyFolders(join(folder, entry.name)) : []));
  return entries.length === 0 && folder !== root ? [folder, ...inside] : inside;
}

const situations: Record<string, () => void> = {
  'into an empty store': () => {},
  'beside another backup': () => {
    mkdirSync(join(root, dirname(dirname(key)), 'macaw'), { recursive: true });
    writeFileSync(join(root, dirname(dirname(key)), 'macaw', 'backing-image.cfg'), 'another');
  },
  'over an older blob': () => {
    mkdirSync(dirname(join(root, key)), { recursive: true });
    writeFileSync(join(root, key), 'the old bytes');
  },
};

for (const [situation, arrange] of Object.entries(situations)) {
  for (const options of [
    { ifAbsent: false, syncFolders: true },
    { ifAbsent: false, syncFolders: false },
  ]) {
    test(`a put ${situation} that stops after any step (syncFolders ${options.syncFolders}) leaves the blob whole or as it was, and no empty folder`, () => {
      let finished = false;
      for (let count = 0; !finished; count++) {
        rmSync(root, { recursive: true });
        mkdirSync(root);
        arrange();
        const before = existsSync(join(root, key)) ? readFileSync(join(root, key), 'utf8') : undefined;
        finished = runFirstSteps(publishBlob(root, key, [bytes], options), count, () =>
          expect(emptyFolders(root)).toEqual([]),
        );
        const now = existsSync(join(root, key)) ? readFileSync(join(root, key), 'utf8') : undefined;
        expect([before, 'the new bytes']).toContain(now);
        if (finished) expect(now).toBe('the new bytes');
      }
    });
  }
}

test('every folder on the way to a blob is durable when a put resolves', () => {
  const synced = new Set<string>();
  runFirstSteps(publishBlob(root, key, [bytes], { ifAbsent: false, syncFolders: true }), 1000, (step) => {
    if (step[0] === 'syncFolder') synced.add(step[1].replace(/\.hayloft-staging\/[^/]+\.d/, 'backupstore'));
  });
  const way = ['backupstore/backing-images/backing-images/parrot', 'backupstore/backing-images/backing-images'];
  for (const folder of [...way, 'backupstore/backing-images', 'backupstore', '']) {
    expect(synced).toContain(join(root, folder));
  }
});

test('a put whose folder is pruned between its look and its rename finds its way all the same', () => {
  const other = join(dirname(key), 'other');
  runStepsSync(publishBlob(root, other, [bytes], { ifAbsent: false, syncFolders: true }));
  let pruned = false;
  runFirstSteps(publishBlob(root, key, [bytes], { ifAbsent: false, syncFolders: true }), 1000, (step) => {
    if (step[0] !== 'realPath' || pruned) return;
    pruned = true;
    runStepsSync(removeBlob(root, other));
  });
  expect(pruned).toBe(true);
  expect(readFileSync(join(root, key), 'utf8')).toBe('the new bytes');
});

test('a put that builds a folder which somebody else makes and fills meanwhile keeps both blobs', () => {
  const other = join(dirname(key), 'other');
  let raced = false;
  runFirstSteps(publishBlob(root, key, [bytes], { ifAbsent: false, syncFolders: true }), 1000, (step) => {
    if (step[0] !== 'makeFolder' || raced || step[1].endsWith(stagingFolder)) return;
    raced = true;
    runStepsSync(publishBlob(root, other, [bytes], { ifAbsent: false, syncFolders: true }));
  });
  expect(raced).toBe(true);
  expect(readFileSync(join(root, key), 'utf8')).toBe('the new bytes');
  expect(readFileSync(join(root, other), 'utf8')).toBe('the new bytes');
  expect(readdirSync(join(root, stagingFolder))).toEqual([]);
});

test('a removal takes the folder of the backup with it, and never a folder of locks or of the layout', () => {
  const lock = 'backupstore/volumes/22/fc/BACKINGIMAGE/locks/lock-1.lck';
  const block = 'backupstore/backing-images/blocks/ab/cd/abcd.blk';
  for (const each of [key, lock, block]) {
    runStepsSync(publishBlob(root, each, [bytes], { ifAbsent: false, syncFolders: true }));
    runStepsSync(removeBlob(root, each));
  }
  expect(existsSync(dirname(join(root, key)))).toBe(false);
  expect(existsSync(dirname(dirname(join(root, key))))).toBe(true);
  expect(existsSync(dirname(join(root, lock)))).toBe(true);
  expect(readdirSync(join(root, 'backupstore/backing-images/blocks'))).toEqual([]);
});

test('a removal outside the layout takes every folder with it that it leaves empty', () => {
  const names = ['check-1/a/b/c/d/e', 'check-1/a/f', 'check-1/g'];
  for (const each of names) runStepsSync(publishBlob(root, each, [bytes], { ifAbsent: false, syncFolders: true }));
  runStepsSync(removeBlob(root, 'check-1/a/b/c/d/e'));
  expect(readdirSync(join(root, 'check-1/a'))).toEqual(['f']);
  runStepsSync(removeBlob(root, 'check-1/a/f'));
  runStepsSync(removeBlob(root, 'check-1/g'));
  expect(readdirSync(root)).toEqual([stagingFolder]);
});
