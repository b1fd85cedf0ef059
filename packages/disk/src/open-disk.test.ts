import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ErrorCode, ImageProof } from '@hayloft/engine';
import { createPlainFormat, createPlainPipeline } from '@hayloft/engine/testing';
import { goTime } from './backing-cfg.ts';
import { openDisk, type Disk } from './open-disk.ts';
import { openFileSource } from './open-file-source.ts';

const { signal } = new AbortController();
const pipeline = createPlainPipeline(createPlainFormat({ blockSizeBytes: 2 * 1024 * 1024 }));
const reading = { pipeline, signal, concurrency: 1 };
let root: string;
let disk: Disk;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hayloft-disk-'));
  disk = openDisk(join(root, 'disk'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const failsWith = (code: ErrorCode): object => expect.objectContaining({ code });
const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex');

/** Makes an image as `createImage` does. */
async function make(name: string, bytes: Uint8Array): Promise<ImageProof> {
  const from = join(root, `source-${randomBytes(4).toString('hex')}`);
  writeFileSync(from, bytes);
  await using source = await openFileSource(from, { signal });
  await using target = await disk.prepare(name, { signal });
  await target.restart({ signal });
  const proof = await pipeline.cut(
    { source, stores: [], file: { path: target.path }, wholeDigest: true },
    { signal, concurrency: 1 },
  );
  await target.commit(proof, { signal });
  return proof;
}

/** Bytes with a hole in the middle and a short tail. */
function sample(seed: number): Buffer {
  const bytes = Buffer.alloc(5 * 1024 * 1024 + 512, 0);
  bytes.fill(seed, 0, 2 * 1024 * 1024);
  bytes.fill(seed + 1, 4 * 1024 * 1024);
  return bytes;
}

function flipByte(path: string, offset: number): void {
  const before = statSync(path, { bigint: true });
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([99]), 0, 1, offset);
  closeSync(file);
  // As a disk that rots does it: no time changes.
  execFileSync('touch', [
    '-d',
    `@${before.mtimeNs / 1_000_000_000n}.${String(before.mtimeNs % 1_000_000_000n).padStart(9, '0')}`,
    path,
  ]);
}

test('an image stands in Longhorn’s layout, with Longhorn’s record, sparse and proven', async () => {
  const bytes = sample(1);
  await make('parrot', bytes);
  const image = await disk.get('parrot', { signal });
  expect(image).toEqual({
    name: 'parrot',
    uuid: expect.stringMatching(/^[0-9a-f]{8}$/),
    path: join(root, 'disk', 'backing-images', `parrot-${image.uuid}`, 'backing'),
    sizeBytes: bytes.length,
    virtualSizeBytes: bytes.length,
    realSizeBytes: expect.any(Number),
    format: 'raw',
    checksum: sha512(bytes),
    state: 'ready',
    encrypted: false,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  expect(image.realSizeBytes).toBeLessThan(bytes.length);
  expect(readFileSync(image.path).equals(bytes)).toBe(true);
  const cfg = readFileSync(join(dirname(image.path), 'backing.cfg'), 'utf8');
  expect(Object.entries(JSON.parse(cfg) as object)).toEqual([
    ['name', image.path],
    ['uuid', image.uuid],
    ['size', bytes.length],
    ['virtualSize', bytes.length],
    ['realSize', image.realSizeBytes],
    ['expectedChecksum', ''],
    ['currentChecksum', sha512(bytes)],
    ['modificationTime', goTime(statSync(image.path, { bigint: true }).mtimeNs)],
  ]);
  expect(await disk.proof(image, { signal })).toMatchObject({ state: 'valid', untouched: true });
  expect(await disk.list({ signal })).toEqual([image]);
  expect(readdirSync(join(root, 'disk', 'tmp', '.hayloft', 'making'))).toEqual([]);
});

test('a disk that is not there holds no images; a near name is suggested', async () => {
  expect(await disk.list({ signal })).toEqual([]);
  expect(existsSync(disk.path)).toBe(false);
  await make('parrot', sample(1));
  await expect(disk.get('parot', { signal })).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
    remedy: 'Did you mean "parrot"?',
  });
});

test('names that Longhorn would refuse, or that leave the disk, are refused everywhere', async () => {
  await make('parrot', sample(1));
  for (const name of ['../x', 'a/b', 'A', '-a', '.hidden', 'x', '', 'a\0b', 'a'.repeat(65), '..']) {
    await expect(disk.get(name, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    await expect(disk.prepare(name, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    await expect(disk.rename('parrot', name, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
    await expect(disk.delete(name, { signal })).rejects.toEqual(failsWith('USAGE_INVALID'));
  }
});

test('the same bytes again are fine and change nothing; other bytes are refused and harm nothing', async () => {
  await make('parrot', sample(1));
  const before = await disk.get('parrot', { signal });
  const inode = statSync(before.path).ino;
  await make('parrot', sample(1));
  await expect(make('parrot', sample(7))).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  expect(await disk.list({ signal })).toEqual([before]);
  expect(statSync(before.path).ino).toBe(inode);
  const other = disk.prepare('parrot', { signal, sizeBytes: 512 });
  await expect(other).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  const otherChecksum = disk.prepare('parrot', { signal, expectedChecksum: 'f'.repeat(128) });
  await expect(otherChecksum).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
});

test('bit rot is found with its offset, and healed by making the same image again', async () => {
  await make('parrot', sample(1));
  const image = await disk.get('parrot', { signal });
  expect(await disk.verify(image, reading)).toEqual({ ok: true, problems: [], comparedWith: 'blocks' });
  flipByte(image.path, 4 * 1024 * 1024 + 5);
  expect(await disk.verify(image, reading)).toMatchObject({
    ok: false,
    problems: [{ kind: 'corrupt', block: 2, offset: 4 * 1024 * 1024 }],
  });
  await expect(disk.prove(image, reading)).rejects.toEqual(failsWith('DATA_CORRUPT'));
  await make('parrot', sample(1));
  expect(await disk.verify(await disk.get('parrot', { signal }), reading)).toMatchObject({ ok: true });
});

test('an edited image is called edited, not rotten, and gets a new list when it is proven anew', async () => {
  await make('parrot', sample(1));
  const image = await disk.get('parrot', { signal });
  appendFileSync(image.path, Buffer.alloc(512, 3));
  utimesSync(image.path, 1, 1);
  const edited = await disk.get('parrot', { signal });
  expect(edited.state).not.toBe('ready');
  expect(await disk.proof(edited, { signal })).toMatchObject({ state: 'edited' });
  expect(await disk.verify(edited, reading)).toMatchObject({ ok: false, problems: [{ kind: 'checksum' }] });
  const proof = await disk.prove(edited, reading);
  expect(proof.checksum).toBe(sha512(readFileSync(image.path)));
  const proven = await disk.get('parrot', { signal });
  expect(proven).toMatchObject({ state: 'ready', checksum: proof.checksum, sizeBytes: sample(1).length + 512 });
  expect(await disk.proof(proven, { signal })).toMatchObject({
    state: 'valid',
    proof: { checksum: proof.checksum, blocks: proof.blocks },
  });
});

test('an image that Longhorn made is ready, has no list, and can be given one', async () => {
  const bytes = sample(1);
  const folder = join(disk.path, 'backing-images', 'parrot-0badcafe');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'backing'), bytes);
  const modificationTime = goTime(statSync(join(folder, 'backing'), { bigint: true }).mtimeNs);
  const cfg = { name: join(folder, 'backing'), uuid: '0badcafe', size: bytes.length, virtualSize: bytes.length };
  const rest = { realSize: 0, expectedChecksum: '', currentChecksum: sha512(bytes), modificationTime };
  writeFileSync(join(folder, 'backing.cfg'), JSON.stringify({ ...cfg, ...rest }));
  const image = await disk.get('parrot', { signal });
  expect(image.state).toBe('ready');
  expect(await disk.proof(image, { signal })).toMatchObject({ state: 'absent' });
  expect(await disk.verify(image, reading)).toEqual({ ok: true, problems: [], comparedWith: 'checksum' });
  await disk.prove(image, reading);
  expect(await disk.proof(image, { signal })).toMatchObject({ state: 'valid' });
});

test('broken images are listed with what is wrong, and never break the list', async () => {
  await make('good', sample(1));
  const images = join(disk.path, 'backing-images');
  const cases: Record<string, (folder: string) => void> = {
    'without-file': () => {},
    'without-cfg': (folder) => writeFileSync(join(folder, 'backing'), 'x'),
    'bad-cfg': (folder) =>
      [['backing', 'x'] as const, ['backing.cfg', '{"size":"many"}'] as const].forEach(([name, text]) =>
        writeFileSync(join(folder, name), text),
      ),
    'folder-as-file': (folder) => mkdirSync(join(folder, 'backing')),
  };
  for (const [name, arrange] of Object.entries(cases)) {
    mkdirSync(join(images, `${name}-00000000`));
    arrange(join(images, `${name}-00000000`));
  }
  writeFileSync(join(images, 'stray'), '');
  mkdirSync(join(images, 'no-uuid'));
  const listed = await disk.list({ signal });
  expect(Object.fromEntries(listed.map(({ name, state }) => [name, state]))).toEqual({
    good: 'ready',
    'without-file': 'failed',
    'without-cfg': 'unknown',
    'bad-cfg': 'unknown',
    'folder-as-file': 'failed',
  });
  for (const image of listed) if (image.state !== 'ready') expect(image.reason).toBeTruthy();
});

test('a rename keeps the proof and never replaces an image; a deletion leaves nothing', async () => {
  await make('parrot', sample(1));
  await make('macaw', sample(5));
  await expect(disk.rename('parrot', 'macaw', { signal })).rejects.toEqual(failsWith('EXISTS_WITH_OTHER_CONTENT'));
  const renamed = await disk.rename('parrot', 'cockatoo', { signal });
  expect(renamed).toMatchObject({ name: 'cockatoo', state: 'ready', checksum: sha512(sample(1)) });
  expect(await disk.proof(renamed, { signal })).toMatchObject({ state: 'valid' });
  const cfg = JSON.parse(readFileSync(join(dirname(renamed.path), 'backing.cfg'), 'utf8')) as { name: string };
  expect(cfg.name).toBe(renamed.path);
  await disk.delete('cockatoo', { signal });
  await expect(disk.delete('cockatoo', { signal })).rejects.toEqual(failsWith('IMAGE_NOT_FOUND'));
  expect((await disk.list({ signal })).map(({ name }) => name)).toEqual(['macaw']);
  expect(readdirSync(join(disk.path, 'tmp', '.hayloft', 'deleted'))).toEqual([]);
});

test('nothing is visible before a commit, and an abandoned making leaves nothing unless a checkpoint stands', async () => {
  {
    await using target = await disk.prepare('parrot', { signal });
    writeFileSync(target.path, sample(1));
    expect(await disk.list({ signal })).toEqual([]);
    await expect(disk.prepare('parrot', { signal })).rejects.toEqual(failsWith('STORE_LOCKED'));
    await expect(disk.rename('other', 'parrot', { signal })).rejects.toEqual(failsWith('STORE_LOCKED'));
  }
  {
    await using target = await disk.prepare('parrot', { signal });
    expect(target.resume).toBeUndefined();
    expect(readFileSync(target.path)).toHaveLength(0);
    writeFileSync(target.path, sample(1));
    await target.checkpoint('token', 2 * 1024 * 1024, { signal });
  }
  await using target = await disk.prepare('parrot', { signal });
  expect(target.resume).toEqual({ token: 'token', offset: 2 * 1024 * 1024 });
  expect(readFileSync(target.path).equals(sample(1))).toBe(true);
  await target.restart({ signal });
  expect(target.resume).toBeUndefined();
  expect(readFileSync(target.path)).toHaveLength(0);
});

test('a record of progress that the file does not bear out, or that is damaged, is not believed', async () => {
  for (const damage of [
    (path: string) => truncateSync(path, 10),
    (path: string) => writeFileSync(join(dirname(dirname(path)), 'resume.json'), '{"version":1,"tok'),
    (path: string) =>
      writeFileSync(join(dirname(dirname(path)), 'resume.json'), '{"version":1,"token":"t","offset":-1}'),
  ]) {
    let path: string;
    {
      await using target = await disk.prepare('parrot', { signal });
      path = target.path;
      writeFileSync(path, sample(1));
      await target.checkpoint('token', 100, { signal });
    }
    damage(path);
    await using target = await disk.prepare('parrot', { signal });
    expect(target.resume).toBeUndefined();
    expect(readFileSync(target.path)).toHaveLength(0);
  }
});

test('a commit of other bytes than were proven is refused', async () => {
  const proof = await make('macaw', sample(1));
  await using target = await disk.prepare('parrot', { signal });
  writeFileSync(target.path, sample(1).subarray(1));
  await expect(target.commit(proof, { signal })).rejects.toEqual(failsWith('DATA_CORRUPT'));
  expect((await disk.list({ signal })).map(({ name }) => name)).toEqual(['macaw']);
});

test('a process that is killed while it makes an image leaves nothing visible, and the next one goes on', async () => {
  for (let round = 0; round < 4; round++) {
    const script = `
      import { openDisk } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      import { appendFileSync } from 'node:fs';
      const { signal } = new AbortController();
      const target = await openDisk(${JSON.stringify(disk.path)}).prepare('parrot', { signal });
      for (let i = target.resume?.offset ?? 0; ; i += 1000) {
        appendFileSync(target.path, Buffer.alloc(1000, 1));
        await target.checkpoint('token', i + 1000, { signal });
        process.stdout.write(i + 1000 + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let announced = 0;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        announced = Number(chunk.toString().trim().split('\n').at(-1));
        if (announced > 3000 * (round + 1)) resolve();
      });
    });
    await expect(disk.prepare('parrot', { signal })).rejects.toEqual(failsWith('STORE_LOCKED'));
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await disk.list({ signal })).toEqual([]);
    await using target = await disk.prepare('parrot', { signal });
    expect(target.resume!.offset).toBeGreaterThanOrEqual(announced);
    expect(readFileSync(target.path).subarray(0, announced).equals(Buffer.alloc(announced, 1))).toBe(true);
  }
});

test('an image whose folder was copied is not taken for the one that was proven', async () => {
  await make('parrot', sample(1));
  const image = await disk.get('parrot', { signal });
  const folder = dirname(image.path);
  execFileSync('cp', ['-a', folder, `${folder}.copy`]);
  rmSync(folder, { recursive: true });
  renameSync(`${folder}.copy`, folder);
  expect(await disk.proof(image, { signal })).toMatchObject({
    state: 'edited',
    reason: expect.stringContaining('another file'),
  });
});
