import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { isBackupError, silentLogger, type BackupStore } from '@hayloft/engine';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { cifsPlugin } from './cifs-plugin.ts';
import { makeSambaFolder, type SambaFolder, type SambaOpening } from './testing/samba-store.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const { signal } = new AbortController();
const hasSamba = await hasServers('samba');
const testWithServers = hasSamba ? test : test.skip;

let folder: SambaFolder;
beforeAll(async () => {
  if (hasSamba) folder = makeSambaFolder(await useServer('samba'));
});
afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
});

interface BadOpening {
  readonly what: string;
  readonly opening: SambaOpening;
  readonly code: string;
  readonly says: string;
}

testWithServers.each<BadOpening>([
  { what: 'a wrong password', opening: { password: 'hay' }, code: 'ACCESS_DENIED', says: 'LOGON_FAILURE' },
  { what: 'an empty password', opening: { password: '' }, code: 'ACCESS_DENIED', says: 'does not let user' },
  { what: 'an unknown user', opening: { username: 'ghost' }, code: 'ACCESS_DENIED', says: '"ghost"' },
  { what: 'an unknown share', opening: { share: 'barn' }, code: 'STORE_INVALID', says: 'no share "barn"' },
  { what: 'a share that is none for files', opening: { share: 'IPC$' }, code: 'STORE_INVALID', says: 'for files' },
  { what: 'a closed share', opening: { share: 'closed' }, code: 'ACCESS_DENIED', says: 'may not open share "closed"' },
  { what: 'a missing folder', opening: { folder: 'a/b' }, code: 'STORE_INVALID', says: 'no folder "a/b"' },
  { what: 'a file as folder', opening: { folder: 'plain' }, code: 'STORE_INVALID', says: '"plain" is no folder' },
  { what: 'a closed port', opening: { port: 1 }, code: 'STORE_UNAVAILABLE', says: 'nothing listens there' },
  { what: 'an unknown host', opening: { host: 'ghost.invalid' }, code: 'STORE_UNAVAILABLE', says: 'ghost.invalid' },
  {
    what: 'an old version where encryption is a must',
    opening: { share: 'encrypted', mountOptions: ['vers=2.1'] },
    code: 'ACCESS_DENIED',
    says: 'may not open share',
  },
  {
    what: 'a missing folder that is mounted',
    opening: { mountedAt: '/nowhere' },
    code: 'STORE_INVALID',
    says: '/nowhere',
  },
])('$what is $code at once, with a remedy and no secret', async ({ opening, code, says }) => {
  writeFileSync(join(folder.server.root, 'plain'), '');
  const [result] = await Promise.allSettled([folder.open(opening)]);
  const error = result.status === 'rejected' ? (result.reason as Error) : undefined;
  expect(isBackupError(error)).toBe(true);
  expect(error).toMatchObject({ code, message: expect.stringContaining(says), remedy: expect.stringMatching(/\.$/) });
  expect(JSON.stringify([error!.message, String(error!.cause)])).not.toContain(folder.server.password);
});

testWithServers('a share that may only be read is read, and STORE_READ_ONLY to who writes or deletes', async () => {
  await using writer = await folder.open();
  await writer.put('a/b', Buffer.from('hay'), { signal });
  await using reader = await folder.open({ share: folder.server.readOnlyShare });
  expect(Buffer.from(await reader.get('a/b', { signal })).toString()).toBe('hay');
  for (const write of [reader.put('a/c', new Uint8Array(1), { signal }), reader.delete('a/b', { signal })]) {
    await expect(write).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
  }
  expect((await writer.stat('a/b', { signal })).sizeBytes).toBe(3);
});

testWithServers('"ro" among the options refuses every write', async () => {
  await using store = await folder.open({ mountOptions: ['ro'] });
  await expect(store.put('a', new Uint8Array(1), { signal })).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
});

testWithServers('a full share is NO_SPACE, and what is there stays as it is', async () => {
  const { smallShare } = folder.server;
  if (smallShare === undefined) return void process.stderr.write('skipped: this machine mounts no small share\n');
  await using store = await folder.open({ share: smallShare, folder: '' });
  const old = Buffer.alloc(3 * 1024 * 1024, 1);
  await store.put('blob', old, { signal });
  const large = Buffer.alloc(6 * 1024 * 1024, 2);
  await expect(store.put('blob', large, { signal })).rejects.toMatchObject({ code: 'NO_SPACE' });
  expect(Buffer.compare(await store.get('blob', { signal }), old)).toBe(0);
  await store.put('other', Buffer.alloc(3 * 1024 * 1024), { signal }); // what the failed put wrote is gone
  for (const key of ['blob', 'other']) await store.delete(key, { signal });
});

testWithServers('names that end in a dot are stored as a mounted share of Linux shows them', async () => {
  await using store = await folder.open();
  await store.put('dots./end.', new Uint8Array(1), { signal });
  expect(readdirSync(join(folder.path, 'dots\uf029'))).toEqual(['end\uf029']);
  const listed: string[] = [];
  for await (const { key } of store.list('dots', { signal })) listed.push(key);
  expect(listed).toEqual(['dots./end.']);
});

testWithServers('the process that speaks SMB is given no password by arguments or environment', async () => {
  const before = childrenOf(process.pid);
  await using _store: BackupStore = await folder.open();
  const [pid] = childrenOf(process.pid).filter((each) => !before.includes(each));
  const shown = ['cmdline', 'environ'].map((what) => readFileSync(`/proc/${pid}/${what}`, 'utf8')).join();
  expect(shown).toContain('smb-process');
  expect(shown).not.toContain(folder.server.password);
});

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

// What keeps a store on a mount its promises is tested where it is made, in packages/share-store.
const testOnLinux = existsSync('/dev/shm') ? test : test.skip;
testOnLinux(
  'where the share is mounted, its folder is the store, without credentials and whatever the options',
  async () => {
    const address = {
      scheme: 'cifs',
      user: '',
      host: 'nas',
      path: '/share/a folder/',
      query: new Map([['cifsOptions', ['soft,rsize=65536,newest_of_all']]]),
      mountedAt: '/dev/shm',
    };
    const options = cifsPlugin.options.parse(cifsPlugin.schemes!['cifs']!(address));
    await using store = await cifsPlugin.open(options, { signal, logger: silentLogger, credentials: new Map() });
    expect(store.location).toBe('cifs://nas/share/a%20folder/');
    expect(store.directory).toEqual({ path: '/dev/shm', writable: true });
  },
);

test.each(['CIFS_USERNAME', 'CIFS_PASSWORD'])('a target without %s is CONFIGURATION_INVALID', async (missing) => {
  const credentials = new Map();
  const options = cifsPlugin.options.parse({ host: 'nas', share: 'share' });
  const opening = cifsPlugin.open(options, { signal, logger: silentLogger, credentials });
  await expect(opening).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    remedy: expect.stringContaining(missing),
  });
});
