import { expect, jest, test } from '@jest/globals';
import type { BackupStore } from '@hayloft/engine';
import { openStore, signal } from './testing/open-store.ts';
import { say, startScriptedDav, type ScriptedDav } from './testing/scripted-dav.ts';

jest.setTimeout(60_000);

const [old, other] = [new Uint8Array(70_000).fill(1), new Uint8Array(300_000).fill(2)];

async function keysOf(store: BackupStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('', { signal })) keys.push(key);
  return keys.sort();
}

/** Breaks the connection of each PUT of more than 200,000 bytes when half of it is there. */
function breakLargePuts(dav: ScriptedDav): void {
  dav.manner = ({ request, response, method, path }) => {
    const sizeBytes = Number(request.headers['content-length']);
    if (method !== 'PUT' || sizeBytes <= 200_000) return false;
    const chunks: Uint8Array[] = [];
    dav.files.set(path, new Uint8Array(0));
    request.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      dav.files.set(path, Buffer.concat(chunks));
      if (Buffer.concat(chunks).length >= sizeBytes / 2) response.destroy();
    });
    return true;
  };
}

test('a connection that breaks in a PUT leaves the old blob whole and no new one, on a server that keeps the half file', async () => {
  await using dav = await startScriptedDav();
  dav.writesInPlace = true;
  await using store = await openStore(dav.url);
  await store.put('a/old', old, { signal });
  breakLargePuts(dav);
  for (const key of ['a/old', 'a/new']) {
    await expect(store.put(key, other, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  }
  expect(await store.get('a/old', { signal })).toEqual(old);
  expect(await keysOf(store)).toEqual(['a/old']);
});

test('a server that writes into the file itself is not trusted to replace one: the new blob is moved there', async () => {
  await using dav = await startScriptedDav();
  dav.writesInPlace = true;
  await using store = await openStore(dav.url);
  await store.put('a', old, { signal });
  await store.put('a', other, { signal });
  expect(dav.log).not.toContain('PUT a');
  expect(await store.get('a', { signal })).toEqual(other);
});

test('a server that writes aside replaces by PUT: a MOVE would leave a moment without the blob', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  await store.put('a', old, { signal });
  const before = dav.log.length;
  await store.put('a', other, { signal });
  expect(dav.log.slice(before)).toContain('PUT a');
  expect(dav.log.filter((line) => line.startsWith('DELETE a'))).toEqual([]);
  expect(await store.get('a', { signal })).toEqual(other);
});

test('nothing is left aside', async () => {
  await using dav = await startScriptedDav();
  const store = await openStore(dav.url);
  for (const bytes of [old, other]) await store.put('a', bytes, { signal });
  await store[Symbol.asyncDispose]();
  expect([...dav.files.keys()]).toEqual(['a']);
});

test('a server that answers a PUT before it has it is waited for', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  let looks = 0;
  dav.manner = ({ response, method, path }) =>
    method === 'PROPFIND' && dav.files.get(path)?.length === old.length && looks++ < 3 ? say(response, 404) : false;
  await store.put('a', old, { signal });
  expect(await store.get('a', { signal })).toEqual(old);
});

test('a server that keeps a part of a PUT and says that all is well is STORE_UNAVAILABLE, and there is no blob', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  dav.manner = ({ request, response, method, path }) => {
    if (method !== 'PUT') return false;
    request.resume().on('end', () => {
      dav.files.set(path, old.subarray(0, 100));
      say(response, 201);
    });
    return true;
  };
  const put = store.put('a', old, { signal });
  await expect(put).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('100 are there'),
  });
  dav.manner = () => false;
  expect(await keysOf(store)).toEqual([]);
});

test('a page with status 200 is no success of a PUT, a MOVE or a DELETE', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  await store.put('kept', old, { signal });
  const page = (verb: string): void => {
    dav.manner = ({ response, method }) =>
      method === verb ? say(response, 200, '<html>Please log in</html>', { 'content-type': 'text/html' }) : false;
  };
  for (const verb of ['PUT', 'MOVE']) {
    page(verb);
    await expect(store.put('new', old, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  }
  page('DELETE');
  await expect(store.delete('kept', { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  dav.manner = () => false;
  expect(await keysOf(store)).toEqual(['kept']);
});

test('folders that somebody removed are made again', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  await store.put('a/b/c', old, { signal });
  dav.files.clear();
  for (const folder of ['a/b', 'a']) dav.folders.delete(folder);
  await store.put('a/b/d', old, { signal });
  expect(await keysOf(store)).toEqual(['a/b/d']);
});

test('a server that takes a whole URL for that of another server gets a path', async () => {
  await using dav = await startScriptedDav(({ request, response, method }) =>
    method === 'MOVE' && String(request.headers.destination).startsWith('http') ? say(response, 502) : false,
  );
  await using store = await openStore(dav.url);
  for (const key of ['a', 'b']) await store.put(key, old, { signal });
  expect(dav.log.filter((line) => line.startsWith('MOVE'))).toHaveLength(3);
  expect(await keysOf(store)).toEqual(['a', 'b']);
});

test('a delete never takes a folder along', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  await store.put('a/b', old, { signal });
  await store.delete('a', { signal });
  expect(await keysOf(store)).toEqual(['a/b']);
  expect(dav.log.some((line) => line.startsWith('DELETE a'))).toBe(false);
});

test('an abort ends a PUT that is never answered, and the connection with it', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  const reason = new Error('stopped by the test');
  const controller = new AbortController();
  const closed = new Promise((resolve) => {
    dav.manner = ({ request, response, method }) => {
      if (method !== 'PUT' || request.headers['content-length'] !== String(other.length)) return false;
      request.resume(); // who does not read does not notice either
      response.on('close', () => resolve('closed'));
      controller.abort(reason);
      return true;
    };
  });
  await expect(store.put('a', other, { signal: controller.signal })).rejects.toBe(reason);
  expect(await closed).toBe('closed');
});

test('a request that fails is not made again', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  await store.put('a', old, { signal });
  dav.manner = ({ request, response, method }) => {
    if (method !== 'PUT') return false;
    request.resume();
    return say(response, 503);
  };
  const before = dav.log.length;
  await expect(store.put('b', old, { signal })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(dav.log.slice(before).filter((line) => line.startsWith('PUT'))).toHaveLength(1);
});

test('what killed runs left is removed after a day by the server’s clock, and what is younger or a folder stays', async () => {
  await using dav = await startScriptedDav(({ response }) => {
    response.setHeader('date', 'Wed, 25 Nov 2026 12:00:01 GMT');
  });
  dav.folders.add('.hayloft-staging').add('.hayloft-staging/x-1-folder');
  dav.files.set('.hayloft-staging/x-1-left', old);
  await using store = await openStore(dav.url);
  await store.put('a', old, { signal });
  expect(dav.files.has('.hayloft-staging/x-1-left')).toBe(false);
  expect(dav.folders.has('.hayloft-staging/x-1-folder')).toBe(true);

  dav.manner = ({ response }) => {
    response.setHeader('date', 'Wed, 25 Nov 2026 11:59:59 GMT');
  };
  dav.files.set('.hayloft-staging/x-1-young', old);
  await using second = await openStore(dav.url);
  await second.put('b', old, { signal });
  expect(dav.files.has('.hayloft-staging/x-1-young')).toBe(true);
  expect(await keysOf(second)).toEqual(['a', 'b']);
});

test.each([
  [401, 'ACCESS_DENIED', 'WEBDAV_USERNAME'],
  [403, 'ACCESS_DENIED', 'right'],
  [405, 'STORE_READ_ONLY', 'Allow PUT'],
  [409, 'STORE_UNAVAILABLE', 'folders'],
  [413, 'STORE_INVALID', 'client_max_body_size'],
  [423, 'STORE_UNAVAILABLE', 'lock'],
  [429, 'STORE_UNAVAILABLE', 'later'],
  [500, 'STORE_UNAVAILABLE', 'later'],
  [507, 'NO_SPACE', 'quota'],
])('a PUT that is answered %i is %s', async (status, code, remedy) => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url, { WEBDAV_USERNAME: 'me', WEBDAV_PASSWORD: 'hunter2' });
  dav.manner = ({ request, response, method }) => {
    if (method !== 'PUT') return false;
    request.resume();
    return say(response, status);
  };
  const error = await store.put('a', old, { signal }).catch((failure: unknown) => failure);
  expect(error).toMatchObject({
    code,
    remedy: expect.stringContaining(remedy),
    message: expect.stringContaining('PUT'),
  });
  expect(JSON.stringify(error)).not.toContain('hunter2');
});

test('a MOVE whose multistatus tells of a lock is not done', async () => {
  await using dav = await startScriptedDav();
  await using store = await openStore(dav.url);
  const failed = '<d:response><d:href>/dav/a</d:href><d:status>HTTP/1.1 423 Locked</d:status></d:response>';
  dav.manner = ({ response, method }) =>
    method === 'MOVE' ? say(response, 207, `<d:multistatus xmlns:d="DAV:">${failed}</d:multistatus>`) : false;
  const put = store.put('a', old, { signal });
  await expect(put).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('423') });
});

test.each([
  ['grants locks and does not heed them', 200],
  ['knows no locks', 405],
])('a server that %s keeps its empty folders: nothing that others put there is in danger', async (_, status) => {
  await using dav = await startScriptedDav(({ response, method }) =>
    ['LOCK', 'UNLOCK'].includes(method) ? say(response, status, '', { 'lock-token': '<urn:x>' }) : false,
  );
  await using store = await openStore(dav.url);
  await store.put('s/i/i/mine/config', old, { signal });
  await store.delete('s/i/i/mine/config', { signal });
  expect(await keysOf(store)).toEqual([]);
  expect(dav.folders).toContain('s/i/i/mine');
});
