import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readState } from './state.ts';
import { hasServers, useServer } from './use-server.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const testWithServers = (await hasServers('http', 'proxy')) ? test : test.skip;

// A state folder of its own: other tests' use of the same servers must not be counted here, nor ours there.
const before = process.env['XDG_RUNTIME_DIR'];
beforeAll(async () => {
  process.env['XDG_RUNTIME_DIR'] = await mkdtemp(join(tmpdir(), 'hayloft-servers-test-'));
});
afterAll(async () => {
  await rm(process.env['XDG_RUNTIME_DIR']!, { recursive: true });
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
});

async function answers(origin: string): Promise<boolean> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

testWithServers('users that come at once share one server, and the last one to go stops it', async () => {
  const used = await Promise.all([useServer('http'), useServer('http'), useServer('http')]);
  const { origin } = used[0].config;
  expect(used.map(({ config }) => config.origin)).toEqual([origin, origin, origin]);
  await used[0][Symbol.asyncDispose]();
  await used[1][Symbol.asyncDispose]();
  expect(await answers(origin)).toBe(true);
  await used[2][Symbol.asyncDispose]();
  expect(await answers(origin)).toBe(false);
  expect(await readState('http')).toBeUndefined();
});

/** Another process that uses the server until it is killed. */
async function startUser(): Promise<ChildProcess> {
  const script = `
    import { useServer } from ${JSON.stringify(join(import.meta.dirname, 'use-server.ts'))};
    await useServer('http');
    console.log('using');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

testWithServers('a user that was killed is not counted, and its server serves on until the next one goes', async () => {
  const child = await startUser();
  const used = await useServer('http');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await answers(used.config.origin)).toBe(true);
  await used[Symbol.asyncDispose]();
  expect(await answers(used.config.origin)).toBe(false);
});

testWithServers('a server that died is started anew', async () => {
  await using first = await useServer('http');
  const [nginx] = (await readState('http'))!.processes;
  process.kill(-nginx!.pid, 'SIGKILL');
  while (await answers(first.config.origin));
  await using second = await useServer('http');
  expect(await answers(second.config.origin)).toBe(true);
  expect(second.config.root).not.toBe(first.config.root);
});

testWithServers('started by hand it stays until it is stopped by hand', async () => {
  const servers = async (...args: string[]): Promise<unknown> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    await once(child, 'close');
    return JSON.parse(output);
  };
  const { origin } = (await servers('start', 'proxy')) as { origin: string };
  const used = await useServer('proxy');
  await used[Symbol.asyncDispose]();
  expect(await answers(origin)).toBe(true);
  expect(await servers('status')).toContainEqual(
    expect.objectContaining({ name: 'proxy', running: true, pinned: true }),
  );
  expect(await servers('stop', 'proxy')).toEqual({ stopped: true });
  expect(await answers(origin)).toBe(false);
});
