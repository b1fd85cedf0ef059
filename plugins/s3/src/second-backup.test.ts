import { readFile } from 'node:fs/promises';
import { expect, jest, test } from '@jest/globals';
import { backup, mapConcurrently } from '@hayloft/engine';
import { memorySource, testContext } from '@hayloft/engine/testing';
import { blockSizeBytes, longhornFormat } from '@hayloft/longhorn-format';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { keysOf, makeBucket, open, signal } from './testing.ts';

jest.setTimeout(120_000);
const testWithServers = (await hasServers('versitygw', 'proxy')) ? test : test.skip;

testWithServers(
  'a second backup lists 1,000 blocks a request and asks for none of them, through a proxy with a password',
  async () => {
    await using server = await useServer('versitygw');
    await using proxy = await useServer('proxy');
    const bucket = await makeBucket(server.config);
    const keys = { ...keysOf(server.config), HTTP_PROXY: proxy.config.url };
    await using store = await open({ bucket, region: 'us-east-1' }, keys);
    const blocks = 5;
    const image = new Uint8Array(blocks * blockSizeBytes);
    for (let index = 0; index < blocks; index++) image[index * blockSizeBytes] = index + 1;
    const context = testContext({ format: longhornFormat });
    const backUp = (name: string) =>
      backup(
        { store, source: memorySource(image, { extentSizeBytes: 1_000_000 }), name, compression: { fallback: 'lz4' } },
        context,
      );
    await backUp('first');
    const others = Array.from({ length: 1_100 }, (_, index) => Buffer.from(String(index)));
    await using direct = await open({ bucket, region: 'us-east-1' }, keysOf(server.config));
    await mapConcurrently(others, 32, async (plain) => {
      const key = longhornFormat.blockKey(longhornFormat.digest(plain));
      await direct.put(key, await longhornFormat.encodeBlock('lz4', plain), { signal });
    });

    const requests = async (): Promise<readonly string[]> =>
      [...(await readFile(proxy.config.logFile, 'utf8')).matchAll(/\): ([A-Z]+ \S+) HTTP/g)]
        .map((match) => match[1]!)
        .filter((line) => line.includes(bucket));
    const before = (await requests()).length;
    const result = await backUp('second');
    expect(result.blocks).toMatchObject({ unique: blocks, written: 0, reused: blocks });
    const ofBlocks = (await requests())
      .slice(before)
      .filter((line) => line.includes('blocks%2F') || line.includes('/blocks/'));
    const listings = ofBlocks.filter((line) => line.includes('list-type=2'));
    expect(listings).toHaveLength(2); // of 1,105 blocks
    // What is read are the first bytes of a few blocks, which tell the pool's compression.
    const reads = ofBlocks.filter((line) => !line.includes('list-type=2'));
    expect(reads.length).toBeLessThanOrEqual(8);
    expect(reads.filter((line) => !line.startsWith('GET '))).toEqual([]);
  },
);
