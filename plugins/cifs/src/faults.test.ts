import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { BackupStore } from '@hayloft/engine';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { command } from './smb/header.ts';
import { makeSambaFolder, type SambaFolder, type SambaOpening } from './testing/samba-store.ts';
import { commandOf, openTap, passAll, type Tap, type TapRule } from './testing/tap.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const { signal } = new AbortController();
const hasSamba = await hasServers('samba');
const testWithServers = hasSamba ? test : test.skip;

let folder: SambaFolder;
let tap: Tap;
beforeAll(async () => {
  if (!hasSamba) return;
  folder = makeSambaFolder(await useServer('samba'));
  tap = await openTap(folder.server.port);
});
beforeEach(() => {
  if (hasSamba) tap.rule = passAll;
});
afterAll(async () => {
  await tap?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const open = (opening: SambaOpening = {}): Promise<BackupStore> => folder.open({ port: tap.port, ...opening });
const old = Buffer.from('old');
const data = Buffer.alloc(100_000, 7);

/** Does something to the first frame of that command from there, and lets all others pass. */
function onFirst(verb: number, from: 'client' | 'server', act: (frame: Buffer) => Buffer | undefined | 'cut'): TapRule {
  let done = false;
  return {
    pass(frame, who) {
      if (done || who !== from || commandOf(frame) !== verb) return frame;
      done = true;
      return act(frame);
    },
  };
}

testWithServers.each([
  ['before the bytes arrive', command.write, 'client'],
  ['before the bytes are flushed', command.flush, 'client'],
  ['before the blob has its name', command.setInfo, 'client'],
] as const)('a connection that is cut %s is STORE_UNAVAILABLE, and the old blob stays', async (_, verb, from) => {
  await using store = await open();
  await store.put('blob', old, { signal });
  tap.rule = onFirst(verb, from, () => 'cut');
  await expect(store.put('blob', data, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(Buffer.compare(await store.get('blob', { signal }), old)).toBe(0); // by a new connection
  await store.put('blob', data, { signal });
  expect(Buffer.compare(await store.get('blob', { signal }), data)).toBe(0);
});

testWithServers(
  'a connection that is cut after the blob has its name is no success, and the blob is whole',
  async () => {
    await using store = await open();
    await store.put('blob', old, { signal });
    tap.rule = onFirst(command.setInfo, 'server', () => 'cut');
    await expect(store.put('blob', data, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(Buffer.compare(await store.get('blob', { signal }), data)).toBe(0);
  },
);

testWithServers.each(['vers=2.1', 'vers=3.0', 'vers=3.1.1', 'seal'])(
  'a byte that changes on the way is never given out, by %s',
  async (version) => {
    await using store = await open({ mountOptions: [version] });
    await store.put('blob', data, { signal });
    let isFirst = true;
    tap.rule = {
      pass(frame, from) {
        if (from === 'server' && frame.length > data.length && isFirst) {
          isFirst = false;
          frame[frame.length - 1]! ^= 1;
        }
        return frame;
      },
    };
    await expect(store.get('blob', { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(Buffer.compare(await store.get('blob', { signal }), data)).toBe(0);
  },
);

testWithServers('absence that somebody else says is not believed', async () => {
  await using store = await open();
  await store.put('blob', data, { signal });
  tap.rule = onFirst(command.create, 'server', (frame) => {
    frame.writeUInt32LE(0xc0000034, 8); // OBJECT_NAME_NOT_FOUND
    return frame;
  });
  await expect(store.get('blob', { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

testWithServers('a listing that is cut on the way rejects', async () => {
  await using store = await open();
  for (let index = 0; index < 5; index++) await store.put(`list/${index}`, old, { signal });
  tap.rule = onFirst(command.queryDirectory, 'server', () => 'cut');
  const keys: string[] = [];
  const listing = (async () => {
    for await (const { key } of store.list('list/', { signal })) keys.push(key);
  })();
  await expect(listing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

testWithServers('who talks client and server into less than both can do is found out', async () => {
  // Takes the newest versions out of what the client offers.
  tap.rule = onFirst(command.negotiate, 'client', (frame) => {
    const count = frame.readUInt16LE(64 + 2);
    const kept = [...Array(count).keys()]
      .map((index) => frame.readUInt16LE(64 + 36 + 2 * index))
      .filter((dialect) => dialect < 0x0311);
    kept.forEach((dialect, index) => frame.writeUInt16LE(dialect, 64 + 36 + 2 * index));
    frame.writeUInt16LE(kept.length, 64 + 2);
    return frame;
  });
  // The server compares what was offered, and ends the connection (MS-SMB2 3.3.5.15.12).
  await expect(open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

testWithServers.each(['vers=3.0', 'vers=3.1.1'])(
  'a server whose first words were changed is refused, by %s',
  async (version) => {
    tap.rule = onFirst(command.negotiate, 'server', (frame) => {
      frame[64 + 24]! ^= 1; // what the server can do
      return frame;
    });
    await expect(open({ mountOptions: [version] })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      remedy: expect.stringContaining('between this machine and the server'),
    });
  },
);

testWithServers('a server that says nothing any more: an abort ends each call within a second', async () => {
  await using store = await open();
  await store.put('blob', data, { signal });
  for (const call of ['get', 'put', 'stat', 'delete', 'list'] as const) {
    let isSilent = false;
    const reached = Promise.withResolvers<void>();
    tap.rule = {
      pass() {
        isSilent = true;
        reached.resolve();
        return undefined;
      },
    };
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const running = {
      get: () => store.get('blob', options),
      put: () => store.put('blob', data, options),
      stat: () => store.stat('blob', options),
      delete: () => store.delete('blob', options),
      list: () => store.list('', options)[Symbol.asyncIterator]().next(),
    }[call]();
    running.catch(() => {});
    await reached.promise;
    const reason = new Error('stopped by the test');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(isSilent).toBe(true);
    tap.rule = passAll;
    expect((await store.stat('blob', { signal })).sizeBytes).toBe(data.length);
  }
});

testWithServers('bytes are flushed before a blob has its name, and the folder afterwards', async () => {
  await using store = await open({ mountOptions: ['vers=3.1.1'] });
  const seen: string[] = [];
  const names = new Map<number, string>([
    [command.write, 'write'],
    [command.flush, 'flush'],
    [command.setInfo, 'name'],
  ]);
  await store.put('folder/other', old, { signal });
  tap.rule = {
    pass(frame, from) {
      const name = names.get(commandOf(frame));
      if (from === 'client' && name !== undefined) seen.push(name);
      return frame;
    },
  };
  await store.put('folder/blob', data, { signal });
  expect(seen).toEqual(['write', 'flush', 'name', 'flush']);
});

testWithServers('a put that failed leaves nothing behind once the server answers again', async () => {
  await using store = await open();
  await store.put('blob', old, { signal });
  tap.rule = onFirst(command.flush, 'client', () => 'cut');
  await expect(store.put('blob', data, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(readdirSync(join(folder.path, '.hayloft-staging'))).toEqual([]);
});
