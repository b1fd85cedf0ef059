import assert from 'node:assert/strict';
import type { CallOptions } from '../contracts/store.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import {
  assertAborts,
  assertBytes,
  assertRejects,
  describeError,
  drain,
  loopTurns,
  settledWithin,
  storeCase,
} from './store-case.ts';
import type { StoreCase } from './store-case.ts';

/** An aborted call has a second to end; a busy machine is forgiven two more. */
const endMsMax = 3_000;

/** What a call does whose signal aborts. */
export const abortCases: readonly StoreCase[] = [
  storeCase(
    'aborted before',
    'A call whose signal is aborted rejects with the signal’s reason and changes nothing.',
    async ({ store, key, options: { signal } }) => {
      await store.put(key('kept'), new Uint8Array(1), { signal });
      const reason = new Error('stopped by the case');
      const aborted = { signal: AbortSignal.abort(reason) };
      await assertAborts(store.put(key('new'), new Uint8Array(1), aborted), reason, 'put');
      await assertAborts(store.get(key('kept'), aborted), reason, 'get');
      await assertAborts(store.stat(key('kept'), aborted), reason, 'stat');
      await assertAborts(store.delete(key('kept'), aborted), reason, 'delete');
      await assertAborts(drain(store, key(''), aborted), reason, 'list');
      await assertRejects(store.stat(key('new'), { signal }), 'BLOB_NOT_FOUND', 'what was put by an aborted call');
      await store.stat(key('kept'), { signal });
    },
  ),
  storeCase(
    'aborted meanwhile',
    'An abort during a put ends it with the signal’s reason, or it has been too late; the blob is absent or whole.',
    async ({ store, key, listed, options: { signal } }) => {
      const reason = new Error('stopped by the case');
      const data = seededRandom(8).bytes(4 * 1024 * 1024);
      for (const turns of [0, 1, 3, 10]) {
        const controller = new AbortController();
        const name = key(`blob-${turns}`);
        const put = store.put(name, data, { signal: controller.signal });
        await loopTurns(turns);
        controller.abort(reason);
        const [result] = await Promise.allSettled([put]);
        if (result.status === 'rejected') assert.ok(result.reason === reason, describeError(result.reason));
        const stands = (await listed()).has(name);
        if (stands) assertBytes(await store.get(name, { signal }), data, 'the blob of an aborted put');
        else assert.equal(result.status, 'rejected', 'a put resolved, and nothing is there');
      }
    },
  ),
  storeCase(
    'an aborted listing is no listing',
    'A listing that is aborted on the way rejects; it never ends as if it were complete.',
    async ({ store, key, options: { signal } }) => {
      for (let index = 0; index < 10; index++) await store.put(key(`blob-${index}`), new Uint8Array(1), { signal });
      const reason = new Error('stopped by the case');
      const controller = new AbortController();
      const listing = drain(store, key(''), controller, () => controller.abort(reason));
      await assertAborts(listing, reason, 'list');
    },
  ),
  storeCase(
    'an abort ends every call',
    'Whatever a call waits for, it ends within a second of its abort, by the signal’s reason unless it was done by then.',
    async ({ store, key, options: { signal } }) => {
      const reason = new Error('stopped by the case');
      const data = seededRandom(9).bytes(4 * 1024 * 1024);
      await store.put(key('kept'), data, { signal });
      const calls: Readonly<Record<string, (options: CallOptions) => Promise<unknown>>> = {
        put: (options) => store.put(key('new'), data, options),
        get: (options) => store.get(key('kept'), options),
        stat: (options) => store.stat(key('kept'), options),
        list: (options) => drain(store, key(''), options),
        delete: (options) => store.delete(key('gone'), options),
      };
      for (const [verb, call] of Object.entries(calls)) {
        const controller = new AbortController();
        const work = call({ signal: controller.signal });
        await loopTurns(1);
        controller.abort(reason);
        const result = await settledWithin(endMsMax, work);
        assert.ok(result !== undefined, `${verb} goes on ${endMsMax / 1000} s after its abort`);
        if (result.status === 'rejected') assert.ok(result.reason === reason, describeError(result.reason));
      }
    },
  ),
];
