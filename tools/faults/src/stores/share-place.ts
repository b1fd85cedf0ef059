import { bytesProxyDoes, startBytesProxy, type BytesProxyOptions } from '../bytes/start-bytes-proxy.ts';
import type { Fault } from '../fault.ts';
import type { Place } from '../run/store-under-test.ts';

export interface SharePlaceOptions extends BytesProxyOptions {
  /** Opens the store at another port of this machine, which leads to the same server. */
  readonly open: (port: number, signal: AbortSignal) => ReturnType<Place['open']>;
  /** The store's folder on this machine. */
  readonly path: string;
}

/** A place on a file share; Longhorn's library reads the folder that the server shares. */
export async function makeSharePlace({ open, path, ...options }: SharePlaceOptions): Promise<Place> {
  const proxy = await startBytesProxy(options);
  return {
    arm: (fault) => proxy.arm(fault),
    rememberListings: () => proxy.rememberListings(),
    open: (way, signal) => open(way === 'around' ? options.port : proxy.port, signal),
    longhorn: { url: `vfs://${path}/`, env: {} },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** A proxy that knows no more than where a message ends can break it off or hold it back. */
export function makesOnShare(fault: Fault): boolean {
  const { verb, area } = fault.aim;
  // Whatever else is read or removed there is known by a handle, not by its name.
  return bytesProxyDoes(fault) && (area === undefined || verb === 'put');
}
