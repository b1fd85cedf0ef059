import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildLonghornPeer, peerUnavailable } from './build-longhorn-peer.ts';
import { runLonghornPeer } from './run-longhorn-peer.ts';

const missing = peerUnavailable();
if (missing !== undefined) console.warn(`skipped: ${missing}`);
const peerTest = missing === undefined ? test : test.skip;
/** A build takes minutes on a busy machine. */
const timeoutMs = 600_000;

const work = mkdtempSync(join(tmpdir(), 'hayloft-peer-'));
afterAll(() => rmSync(work, { recursive: true }));

beforeAll(async () => {
  if (missing === undefined) await buildLonghornPeer();
}, timeoutMs);

peerTest(
  'the exit status tells wrong usage, a taken name and a failure apart',
  async () => {
    const image = join(work, 'image');
    const store = join(work, 'store');
    mkdirSync(store);
    writeFileSync(image, new Uint8Array(512).fill(1));
    const backup = ['backup', image, 'img', `vfs://${store}`];

    expect(await runLonghornPeer([])).toMatchObject({ exitCode: 2, output: [] });
    expect(await runLonghornPeer([...backup, 'lz4', '0'])).toMatchObject({ exitCode: 2 });
    expect(await runLonghornPeer(backup)).toMatchObject({ exitCode: 0, output: [{ sizeBytes: 512, windows: 1 }] });
    expect(await runLonghornPeer(backup)).toMatchObject({ exitCode: 3 });
    expect(await runLonghornPeer(['inspect', `vfs://${store}?backingImage=other`])).toMatchObject({
      exitCode: 1,
      output: [{ error: expect.stringContaining('cannot find') }],
    });
  },
  timeoutMs,
);

test('without Go there is a reason, and with CI=true that is a failure', async () => {
  // A machine with nothing but Node: other cache, other PATH.
  const ask = `console.log((await import('${import.meta.dirname}/build-longhorn-peer.ts')).peerUnavailable())`;
  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', ask], {
      env: { PATH: join(work, 'nothing'), XDG_CACHE_HOME: join(work, 'cache'), ...env },
    });
  expect((await run({})).stdout).toContain("Longhorn's library cannot be built with Go here: ");
  await expect(run({ CI: 'true' })).rejects.toThrow('cannot be built with Go here');
});

peerTest(
  'two processes that need the program at once both get it whole',
  async () => {
    const ask = `console.log(await (await import('${import.meta.dirname}/build-longhorn-peer.ts')).buildLonghornPeer())`;
    // Go's own cache stays where it is: only this program is to be made anew.
    const { stdout: goCache } = await promisify(execFile)('go', ['env', 'GOCACHE']);
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', ask], {
        env: { ...process.env, GOCACHE: goCache.trim(), XDG_CACHE_HOME: join(work, 'fresh') },
      });
    const [first, second] = await Promise.all([run(), run()]);
    expect(second.stdout).toBe(first.stdout);
    expect(readdirSync(dirname(first.stdout.trim())).sort()).toEqual(['lock', 'longhorn-peer']);
  },
  timeoutMs,
);
