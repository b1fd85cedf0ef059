import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BlockMap, type ErrorCode, type ImageProof } from '@hayloft/engine';
import { createFileTarget } from './file-target.ts';

const { signal } = new AbortController();
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-target-'));
  path = join(folder, 'image.raw');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const failsWith = (code: ErrorCode): object => expect.objectContaining({ code });
const proofOf = (text: string): ImageProof => ({
  sizeBytes: text.length,
  checksum: undefined,
  blocks: new BlockMap(text.length, 512),
});

async function write(text: string, options: { force?: boolean } = {}): Promise<void> {
  await using target = await createFileTarget(path, { force: false, signal, ...options });
  await target.restart({ signal });
  writeFileSync(target.path, text);
  await target.commit(proofOf(text), { signal });
}

test('a file has its name only when it is complete, and nothing else is left in the folder', async () => {
  await using target = await createFileTarget(path, { force: false, signal });
  writeFileSync(target.path, 'bytes');
  expect(existsSync(path)).toBe(false);
  await target.commit(proofOf('bytes'), { signal });
  expect(readFileSync(path, 'utf8')).toBe('bytes');
  expect(readdirSync(folder)).toEqual(['image.raw']);
});

test('the same bytes are left as they are; other bytes are replaced only by force', async () => {
  await write('bytes');
  const before = statSync(path, { bigint: true });
  await write('bytes');
  await write('bytes', { force: true });
  expect(statSync(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  await expect(write('other')).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  expect(readFileSync(path, 'utf8')).toBe('bytes');
  const sized = createFileTarget(path, { force: false, sizeBytes: 9, signal });
  await expect(sized).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  await write('other', { force: true });
  expect(readFileSync(path, 'utf8')).toBe('other');
  expect(readdirSync(folder)).toEqual(['image.raw']);
});

test('a file that somebody makes during the transfer is not replaced', async () => {
  await using target = await createFileTarget(path, { force: false, signal });
  writeFileSync(target.path, 'ours');
  writeFileSync(path, 'theirs');
  await expect(target.commit(proofOf('ours'), { signal })).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  expect(readFileSync(path, 'utf8')).toBe('theirs');
});

test('a folder, a device and a link that leads nowhere are refused and stay', async () => {
  mkdirSync(path);
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  for (const each of [path, '/dev/null', join(folder, 'link')]) {
    for (const force of [false, true]) {
      await expect(createFileTarget(each, { force, signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    }
  }
  expect(readdirSync(folder).sort()).toEqual(['image.raw', 'link']);
});

test('through a link the file is replaced and the link stays', async () => {
  const link = join(folder, 'link');
  writeFileSync(path, 'old');
  symlinkSync(path, link);
  await using target = await createFileTarget(link, { force: true, signal });
  writeFileSync(target.path, 'new');
  await target.commit(proofOf('new'), { signal });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('new');
});

test('what an interrupted run left is resumed; a second run at the same time is refused', async () => {
  {
    await using target = await createFileTarget(path, { force: false, signal });
    writeFileSync(target.path, 'half');
    await target.checkpoint('token', 4, { signal });
    await expect(createFileTarget(path, { force: false, signal })).rejects.toEqual(failsWith('STORE_LOCKED'));
  }
  await using target = await createFileTarget(path, { force: false, signal });
  expect(target.resume).toEqual({ token: 'token', offset: 4 });
  expect(readFileSync(target.path, 'utf8')).toBe('half');
});

test('other bytes than were proven are not published', async () => {
  await using target = await createFileTarget(path, { force: false, signal });
  writeFileSync(target.path, 'short');
  await expect(target.commit(proofOf('longer'), { signal })).rejects.toEqual(failsWith('DATA_CORRUPT'));
  expect(existsSync(path)).toBe(false);
});

test('a process that is killed around its commit leaves the old file or the new one, whole', async () => {
  const text = (round: number): string => String(round % 10).repeat(100_000);
  writeFileSync(path, text(0));
  const script = `
    import { createFileTarget } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    import { writeFileSync } from 'node:fs';
    const { signal } = new AbortController();
    for (let round = 1; ; round++) {
      await using target = await createFileTarget(${JSON.stringify(path)}, { force: true, signal });
      await target.restart({ signal });
      writeFileSync(target.path, String(round % 10).repeat(100_000));
      await target.commit({ sizeBytes: 100_000 }, { signal });
      process.stdout.write(round + '\\n');
    }`;
  for (let kill = 1; kill <= 5; kill++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (Number(chunk.toString().trim().split('\n').at(-1)) >= kill) resolve();
      });
    });
    child.kill('SIGKILL');
    await once(child, 'close');
    const found = readFileSync(path, 'utf8');
    expect(found).toBe(text(Number(found[0])));
  }
  await write(text(3), { force: true });
  expect(readdirSync(folder)).toEqual(['image.raw']);
});

test('a full file system is NO_SPACE and leaves the folder as it was', async () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'pipe' });
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    console.log('skipped: cannot mount a file system');
    return;
  }
  try {
    writeFileSync(join(small, 'filler'), Buffer.alloc(56 * 1024));
    const tooMuch = async (): Promise<void> => {
      await using target = await createFileTarget(join(small, 'image'), { force: false, signal });
      await target.checkpoint('x'.repeat(16 * 1024), 0, { signal });
    };
    await expect(tooMuch()).rejects.toEqual(failsWith('NO_SPACE'));
    expect(readdirSync(small)).toEqual(['filler']);
  } finally {
    execFileSync('umount', [small]);
  }
});
