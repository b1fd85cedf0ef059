import type { Fault } from '../fault.ts';
import type { Dialect } from '../http/dialect.ts';
import { startHttpProxy } from '../http/start-http-proxy.ts';
import type { Place } from '../run/store-under-test.ts';

export interface HttpPlaceOptions {
  /** `http://host:port` of the real server. */
  readonly origin: string;
  readonly dialect: Dialect;
  /** Opens the store at another origin, which leads to the same server. */
  readonly open: (origin: string, signal: AbortSignal) => ReturnType<Place['open']>;
  readonly longhorn: Place['longhorn'];
}

/** A place that is reached over plain HTTP. */
export async function makeHttpPlace({ origin, dialect, open, longhorn }: HttpPlaceOptions): Promise<Place> {
  const proxy = await startHttpProxy({ upstream: origin, dialect });
  return {
    arm: (fault) => proxy.arm(fault),
    rememberListings: () => proxy.rememberListings(),
    open: (way, signal) => open(way === 'around' ? origin : `http://${proxy.host}:${proxy.port}`, signal),
    longhorn,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** Over HTTP everything can be done to a message. */
export const makesEveryFault = (): boolean => true;

const withoutServer: ReadonlySet<Fault['act']['kind']> = new Set(['refuse', 'stall', 'error-in-200']);

/** A request that is struck is refused or answered by the proxy itself: which server is behind it does not matter. */
export const leavesServerOut = ({ act }: Fault): boolean =>
  withoutServer.has(act.kind) || (act.kind === 'answer' && act.effect !== true);
