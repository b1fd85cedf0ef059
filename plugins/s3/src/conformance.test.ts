import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { startScriptedOrigin, type Script, type ScriptedOrigin } from '@hayloft/http/testing';
import { hasServers, useServer, type UsedServer } from '@hayloft/tool-servers';
import { anyKeys, emptyListing, keysOf, makeBucket, open, refusalOfS3, signal, type S3Server } from './testing.ts';

// Generous: Ceph starts in 12 s, and its listing of 1,001 blobs takes as long on a busy machine.
jest.setTimeout(120_000);

// What the gateway over a folder can do is known to us, not to the plugin.
const traits = { conditionalPut: true, consistentListing: true };
const servers = [
  { name: 'ceph', options: {} },
  { name: 'versitygw', options: traits },
] as const;

/** What no real server can be made to do: it lets a store be opened, and then `script` answers. */
const troubled = (script: Script): Promise<ScriptedOrigin> =>
  startScriptedOrigin((request, response, count) => {
    if (request.url!.includes('max-keys=1&')) response.writeHead(200).end(emptyListing);
    else script(request, response, count);
  });
let refusing: ScriptedOrigin;
let cutting: ScriptedOrigin;
beforeAll(async () => {
  refusing = await troubled((request, response) =>
    request.resume().on('end', () => response.writeHead(403).end(refusalOfS3('AccessDenied'))),
  );
  cutting = await troubled((request) => request.socket.destroy());
});
afterAll(async () => {
  await refusing[Symbol.asyncDispose]();
  await cutting[Symbol.asyncDispose]();
});

for (const { name, options } of servers) {
  const available = await hasServers(name);
  (available ? describe : describe.skip)(`a bucket of ${name} keeps every promise`, () => {
    let used: UsedServer<S3Server>;
    let bucket: string;
    beforeAll(async () => {
      used = await useServer(name);
      bucket = await makeBucket(used.config);
    });
    afterAll(async () => used[Symbol.asyncDispose]());
    const place = { region: 'us-east-1', prefix: 'de ep/er/', ...options };
    const openStore = () => open({ bucket, ...place }, keysOf(used.config));

    test('it states all that it can do', async () => {
      await using store = await openStore();
      expect(store.capabilities).toMatchObject(traits);
      expect(store.location).toBe(`s3://${bucket}@us-east-1/de%20ep/er/`);
    });
    const trouble = {
      openRefused: () => open({ bucket, ...place }, anyKeys(refusing.url)),
      outage: { open: () => open({ bucket, ...place }, anyKeys(cutting.url)), attempts: () => cutting.requests.length },
    };
    for (const { name: promise, run } of storeCases) {
      test(promise, async () => {
        await run(openStore, { signal, ...trouble });
      });
    }
  });
}

const testWithCeph = (await hasServers('ceph')) ? test : test.skip;

testWithCeph('a bucket whose quota is used up is full, and nothing else', async () => {
  await using server = await useServer('ceph');
  const { small } = server.config;
  const owner = { ...server.config, ...small };
  const bucket = await makeBucket(owner);
  const full = storeCases.find(({ name }) => name === 'full store')!;
  const openStore = () => open({ bucket, region: 'us-east-1' }, keysOf(owner));
  expect(await full.run(openStore, { signal, roomBytes: small.quotaBytes })).toBe('kept');
});
