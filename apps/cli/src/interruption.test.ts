/** Commands that are stopped at any moment: nothing half-done is seen, and the same command again ends well, by itself. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { expectSchema } from './testing/expect-schema.ts';
import { Sandbox, bytesOf, ended, sha512 } from './testing/sandbox.ts';

jest.setTimeout(180_000); // processes on a busy machine

const sizeBytes = 48 * 2 ** 20;
const image = bytesOf('interrupted', sizeBytes);
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = new Sandbox();
  sandbox.write('parrot.raw', image);
  await sandbox.json('image', 'create', 'parrot', '--from', 'parrot.raw');
});
afterAll(() => sandbox[Symbol.dispose]());

/** Ends the command with the signal once it says that it is in that phase. Gives what it was told by then. */
async function stopIn(phase: string, signal: NodeJS.Signals, args: readonly string[]) {
  const child = sandbox.start([...args, '--json', '--progress', 'json']);
  child.stdin.end();
  let seen = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const before = seen;
    seen += chunk.toString();
    if (!before.includes(`"phase":"${phase}"`) && seen.includes(`"phase":"${phase}"`)) child.kill(signal);
  });
  return await ended(child);
}

test.each([
  ['locking', 'SIGKILL'],
  ['reading', 'SIGKILL'],
  ['reading', 'SIGTERM'],
  ['finishing', 'SIGKILL'],
] as const)(
  'a backup that is stopped while %s by %s is no backup, or a whole one; the next run finishes it',
  async (phase, signal) => {
    const stopped = await stopIn(phase, signal, ['backup', 'create', 'parrot']);
    if (signal === 'SIGTERM') expectInterrupted(stopped, 143);
    const listed = await sandbox.json<{ items: { name: string; state: string }[] }>('backup', 'list');
    for (const { state } of listed.items) expect(state).toBe('Completed');
    // No unlocking by hand: the dead run's lock is known to be nobody's.
    const again = await sandbox.json('backup', 'create', 'parrot');
    expect(again).toMatchObject({ state: 'Completed', checksum: sha512(image) });
    expect(await sandbox.json('backup', 'verify', 'parrot')).toMatchObject({ ok: true });
    expect(await sandbox.json('backup', 'delete', 'parrot', '--yes')).toMatchObject({ swept: true });
  },
);

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a restore that is stopped by %s leaves no file of that name, and is finished by the next',
  async (signal) => {
    await sandbox.json('backup', 'create', 'parrot');
    const name = `back-${signal}.raw`;
    const stopped = await stopIn('restoring', signal, ['restore', 'parrot', '--to', name]);
    if (stopped.status !== 0) expect(existsSync(sandbox.path(name))).toBe(false);
    if (signal === 'SIGINT') expectInterrupted(stopped, 130);
    await sandbox.json('restore', 'parrot', '--to', name);
    expect(readFileSync(sandbox.path(name)).equals(image)).toBe(true);
    expect(
      Object.keys(sandbox.tree()).filter((path) => path.includes('.hayloft/') && path.startsWith(`.${name}`)),
    ).toEqual([]);
  },
);

test('an image whose making is killed is not there, and made by the next run', async () => {
  await stopIn('reading', 'SIGKILL', ['image', 'create', 'again', '--from', 'parrot.raw']);
  const listed = await sandbox.json<{ items: { name: string; checksum: string }[] }>('image', 'list');
  for (const { name, checksum } of listed.items) if (name === 'again') expect(checksum).toBe(sha512(image));
  expect(await sandbox.json('image', 'create', 'again', '--from', 'parrot.raw')).toMatchObject({
    checksum: sha512(image),
  });
  const { path } = await sandbox.json<{ path: string }>('image', 'show', 'again');
  expect(statSync(path).size).toBe(sizeBytes);
  expect(existsSync(join(sandbox.disk, 'tmp/.hayloft/making/again'))).toBe(false);
});

/** A run that was quicker than the signal is a success; else it says how to go on. */
function expectInterrupted(
  { status, stdout }: { readonly status: number | null; readonly stdout: string },
  expected: number,
): void {
  if (status === 0) return;
  expect(status).toBe(expected);
  const result: unknown = JSON.parse(stdout);
  expectSchema('error', result);
  expect(result).toMatchObject({
    error: { code: 'INTERRUPTED', remedy: expect.stringContaining('same command again') },
  });
}
