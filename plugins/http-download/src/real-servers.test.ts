import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@hayloft/engine/testing';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { expect, jest, test } from '@jest/globals';
import { openSmall, readingOf, readSource, verdict } from './testing/read-source.ts';

const MiB = 1024 * 1024;
const bytes = Buffer.from(seededRandom(11).bytes(2 * MiB + 4321));
// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(60_000);
const testWithServers = (await hasServers('http', 'proxy')) ? test : test.skip;

/** The origin with one image in a folder of this test. */
async function originWithImage() {
  const origin = await useServer('http');
  const folder = join(origin.config.root, randomUUID());
  await mkdir(folder);
  await writeFile(join(folder, 'disk.img'), bytes);
  return {
    ...origin.config,
    image: `${folder.slice(origin.config.root.length + 1)}/disk.img`,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
      await origin[Symbol.asyncDispose]();
    },
  };
}

testWithServers(
  'every manner of serving gives the same bytes',
  async () => {
    await using served = await originWithImage();
    for (const manner of ['', 'norange/', 'chunked/', 'slow/', 'elsewhere/']) {
      await using source = await openSmall({ url: `${served.origin}/${manner}${served.image}` });
      expect({ manner, sizeBytes: source.sizeBytes }).toEqual({
        manner,
        sizeBytes: manner === 'chunked/' ? undefined : bytes.length,
      });
      expect(verdict(await readSource(source), bytes)).toBe('same bytes');
    }
  },
  60_000,
);

testWithServers('ranges and a strong ETag make a download resumable', async () => {
  await using served = await originWithImage();
  await using source = await openSmall({ url: `${served.origin}/${served.image}` });
  expect(source.resumeToken).toMatch(/^http:[0-9a-f]{64}$/);
  expect(verdict(await readSource(source, MiB), bytes.subarray(MiB))).toBe('same bytes');
});

testWithServers('a file replaced between two parts is SOURCE_CHANGED', async () => {
  await using served = await originWithImage();
  await using source = await openSmall({ url: `${served.origin}/${served.image}`, connections: 1 });
  const extents = source.extents({ signal: new AbortController().signal })[Symbol.asyncIterator]();
  await extents.next();
  await writeFile(join(served.root, served.image), Buffer.alloc(bytes.length + 1));
  await expect(
    (async () => {
      while ((await extents.next()).done !== true);
    })(),
  ).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

testWithServers('what is no image, or not to be had, has its code', async () => {
  await using served = await originWithImage();
  const outcomes: unknown[] = [];
  for (const path of ['page/', 'gzip/', 'flaky/', 'private/', 'nowhere/', 'loop/']) {
    outcomes.push(await readingOf({ url: `${served.origin}/${path}${served.image}` }));
  }
  expect(outcomes.map((error) => (error as { code: unknown }).code)).toEqual([
    'SOURCE_INVALID',
    'SOURCE_INVALID',
    'SOURCE_UNAVAILABLE',
    'ACCESS_DENIED',
    'SOURCE_NOT_FOUND',
    'SOURCE_INVALID',
  ]);
});

testWithServers('a closed file behind a proxy and an authority of its own is read in parts', async () => {
  await using served = await originWithImage();
  await using proxy = await useServer('proxy');
  const passwordFile = join(served.root, `${randomUUID()}.password`);
  await writeFile(passwordFile, served.password);
  const outcome = await readingOf({
    url: `${served.tlsOrigin}/private/${served.image}`,
    user: served.user,
    passwordFile,
    proxy: proxy.config.url,
    cacert: served.caFile,
  });
  await rm(passwordFile);
  expect(verdict(outcome, bytes)).toBe('same bytes');
  expect(await readFile(proxy.config.logFile, 'utf8')).toContain(`CONNECT ${new URL(served.tlsOrigin).host}`);
});
