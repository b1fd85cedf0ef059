import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer, type UsedServer } from '@hayloft/tool-servers';
import { keysOf, makeBucket, open, signal, type S3Server } from './testing.ts';

// Generous: Ceph starts in 12 s, and its listing of 1,001 blobs takes as long on a busy machine.
jest.setTimeout(120_000);

// What the gateway over a folder can do is known to us, not to the plugin.
const traits = { conditionalPut: true, consistentListing: true };
const servers = [
  { name: 'ceph', options: {} },
  { name: 'versitygw', options: traits },
] as const;

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
    const openStore = () => open({ bucket, region: 'us-east-1', prefix: 'de ep/er/', ...options }, keysOf(used.config));

    test('it states all that it can do', async () => {
      await using store = await openStore();
      expect(store.capabilities).toMatchObject(traits);
      expect(store.location).toBe(`s3://${bucket}@us-east-1/de%20ep/er/`);
    });
    for (const { name: promise, run } of storeCases) test(promise, () => run(openStore, { signal }));
  });
}
