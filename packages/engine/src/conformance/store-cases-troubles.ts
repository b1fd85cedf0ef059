import assert from 'node:assert/strict';
import type { BackupStore, CallOptions } from '../contracts/store.ts';
import { isBackupError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { assertBytes, assertRejects, describeError, drain, failureOf, storeCase } from './store-case.ts';
import type { OpenStore, StoreCase } from './store-case.ts';

const pieceCount = 8;

/** What a store says when it cannot: each case needs a test that brings the trouble about. */
export const troubleCases: readonly StoreCase[] = [
  storeCase(
    'full store',
    'Without room a put is NO_SPACE and changes nothing; what was stored before stays whole, and room that is made is used.',
    async ({ store, key, listed, options: { signal, roomBytes = 0 } }) => {
      const pieceBytes = Math.floor(roomBytes / pieceCount);
      const pieceOf = (index: number): Uint8Array => seededRandom(index).bytes(pieceBytes);
      const kept = seededRandom(100).bytes(1_000);
      await store.put(key('kept'), kept, { signal });
      const names: string[] = [];
      for (;;) {
        const name = key(`piece-${names.length}`);
        const [put] = await Promise.allSettled([store.put(name, pieceOf(names.length), { signal })]);
        if (put.status === 'rejected') {
          assert.ok(isBackupError(put.reason, 'NO_SPACE'), `must be NO_SPACE, but is ${describeError(put.reason)}`);
          break;
        }
        names.push(name);
        assert.ok(names.length <= pieceCount, `${names.length} blobs of ${pieceBytes} bytes fit into ${roomBytes}`);
      }
      assert.deepEqual([...(await listed()).keys()].sort(), [key('kept'), ...names].sort(), 'list of a full store');
      for (const [index, name] of names.entries()) {
        assertBytes(await store.get(name, { signal }), pieceOf(index), `get of "${name}" from a full store`);
      }
      const larger = seededRandom(101).bytes(2 * pieceBytes);
      await assertRejects(store.put(key('kept'), larger, { signal }), 'NO_SPACE', 'a larger put over a blob');
      assertBytes(await store.get(key('kept'), { signal }), kept, 'a blob that was to be replaced without room');

      for (const name of names) await store.delete(name, { signal });
      await store.put(key('again'), pieceOf(102), { signal });
      assertBytes(await store.get(key('again'), { signal }), pieceOf(102), 'get of what was put once there was room');
    },
    'roomBytes',
  ),
  storeCase(
    'a refusal is no absence',
    'Who may not look is told so: every call is ACCESS_DENIED, and a listing is no empty one.',
    async ({ store, key, options: { signal, openRefused } }) => {
      await store.put(key('blob'), new Uint8Array(1), { signal });
      await assertEveryCall(openRefused!, key('blob'), { signal }, ['ACCESS_DENIED', 'STORE_READ_ONLY']);
      await store.stat(key('blob'), { signal });
    },
    'openRefused',
  ),
  storeCase(
    'an outage is no absence',
    'A server that cannot be reached is STORE_UNAVAILABLE to every call, and its listing is no empty one.',
    async ({ key, options: { signal, outage } }) => {
      await assertEveryCall(outage!.open, key('blob'), { signal }, ['STORE_UNAVAILABLE']);
    },
    'outage',
  ),
  storeCase(
    'one attempt a call',
    'A call that fails is not tried again inside the driver: whether and when to is the engine’s to decide.',
    async ({ key, options: { signal, outage } }) => {
      const { open, attempts } = outage!;
      const counted = async (verb: string, call: () => Promise<unknown>): Promise<void> => {
        const before = attempts();
        await failureOf(call(), `${verb} resolves during an outage`);
        const count = attempts() - before;
        assert.ok(count <= 1, `${verb} is tried ${count} times`);
      };
      const before = attempts();
      const [opening] = await Promise.allSettled([open()]);
      if (opening.status === 'rejected') {
        assert.ok(attempts() - before <= 1, `opening is tried ${attempts() - before} times`);
        return;
      }
      await using store = opening.value;
      for (const [verb, call] of Object.entries(callsOf(store, key('blob'), { signal }))) await counted(verb, call);
    },
    'outage',
  ),
];

/** That opening the store, or else each of its calls, fails with one of the codes. */
async function assertEveryCall(
  open: OpenStore,
  name: string,
  options: CallOptions,
  codes: readonly ErrorCode[],
): Promise<void> {
  const check = (what: string, error: unknown): void => {
    const expected = isBackupError(error) && codes.includes(error.code);
    assert.ok(expected, `${what} must be ${codes.join(' or ')}, but is ${describeError(error)}`);
  };
  const [opening] = await Promise.allSettled([open()]);
  if (opening.status === 'rejected') {
    check('open', opening.reason);
    return;
  }
  await using store = opening.value;
  for (const [verb, call] of Object.entries(callsOf(store, name, options))) {
    check(verb, await failureOf(call(), `${verb} resolves; it must be ${codes.join(' or ')}`));
  }
}

function callsOf(
  store: BackupStore,
  name: string,
  options: CallOptions,
): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    get: () => store.get(name, options),
    stat: () => store.stat(name, options),
    list: () => drain(store, '', options),
    put: () => store.put(name, new Uint8Array(1), options),
    delete: () => store.delete(name, options),
  };
}
