import { setTimeout as delay } from 'node:timers/promises';
import { BackupError, overStore, type BackupStore, type BlobInfo, type CallOptions } from '@hayloft/engine';
import type { Act, Fault, PlainAct, Verb } from '../fault.ts';
import { areaOf } from '../http/dialect.ts';
import type { Striker } from '../striker.ts';

/** What can be done to calls of a store without a network: a disk that fails, is slow, or lies. */
const kinds: ReadonlySet<Act['kind']> = new Set([
  ...(['refuse', 'swallow', 'cut', 'shorten', 'garble', 'cut-upload', 'delay', 'pause', 'stall'] as const),
  ...(['repeat-request', 'half-listing', 'stale-listing'] as const),
]);
export const callsSuffer = ({ act }: Fault): boolean => kinds.has(act.kind);

export interface CallsUnderFire {
  /** Undefined while nothing strikes. */
  readonly striker: Striker | undefined;
  /** A listing as it was before; undefined if nobody asked for it. */
  remembered(prefix: string): readonly BlobInfo[] | undefined;
  /** Told of every sound listing. */
  see(prefix: string, listing: readonly BlobInfo[]): void;
}

/** A store whose calls meet what the network's faults are to a file system. */
export function strikeCalls(store: BackupStore, fire: CallsUnderFire): BackupStore {
  const next = (verbs: readonly Verb[], key: string, sizeBytes = 0): PlainAct | undefined =>
    fire.striker?.next({ verbs, area: areaOf(key), sizeBytes });

  const suffer = async <Answer>(
    act: PlainAct | undefined,
    call: CallOptions,
    effect: () => Promise<Answer>,
  ): Promise<Answer> => {
    if (act?.kind === 'refuse' || act?.kind === 'cut-upload') throw failure();
    if (act?.kind === 'stall') await forever(call.signal);
    if (act?.kind === 'delay') await delay(act.ms, undefined, call);
    if (act?.kind === 'repeat-request') await effect();
    const answer = await effect();
    if (act?.kind === 'swallow' || act?.kind === 'cut') throw failure();
    return answer;
  };

  return overStore(store, {
    directory: undefined,
    put: (key, data, call) => suffer(next(['put', 'upload'], key, data.length), call, () => store.put(key, data, call)),
    get: async (key, call) => {
      const act = next(['get'], key);
      const bytes = await suffer(act, call, () => store.get(key, call));
      if (act?.kind === 'shorten') return bytes.slice(0, Math.ceil(bytes.length / 2));
      if (act?.kind === 'garble') bytes[bytes.length >> 1]! ^= 0x10;
      return bytes;
    },
    stat: (key, call) => suffer(next(['stat'], key), call, () => store.stat(key, call)),
    delete: (key, call) => suffer(next(['delete'], key), call, () => store.delete(key, call)),
    async *list(prefix, call) {
      const act = next(['list'], prefix);
      const infos = await suffer(act?.kind === 'cut' ? undefined : act, call, () => collect(store.list(prefix, call)));
      if (act === undefined) fire.see(prefix, infos);
      if (act?.kind === 'stale-listing') return yield* fire.remembered(prefix) ?? infos;
      const isHalf = act?.kind === 'cut' || act?.kind === 'shorten' || act?.kind === 'half-listing';
      yield* isHalf ? infos.filter((_, index) => index % 2 === 1) : infos;
      if (isHalf && act.kind !== 'half-listing') throw failure();
    },
  });
}

async function collect(listing: AsyncIterable<BlobInfo>): Promise<BlobInfo[]> {
  const infos: BlobInfo[] = [];
  for await (const info of listing) infos.push(info);
  return infos;
}

const failure = (): BackupError =>
  new BackupError('STORE_UNAVAILABLE', 'the disk failed, as it was told', { remedy: 'Try again.' });

async function forever(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    // Whatever the reason is, the contract is to reject with it.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
