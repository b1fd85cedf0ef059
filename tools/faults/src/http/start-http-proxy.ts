import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultyProxy } from '../faulty-proxy.ts';
import { Striker } from '../striker.ts';
import { commitAct } from './commit-act.ts';
import type { Dialect } from './dialect.ts';
import { passOn } from './pass-on.ts';
import { readRequest, type WholeAnswer } from './message.ts';
import { connectUpstream } from './upstream.ts';

export interface HttpProxyOptions {
  /** `http://host:port` */
  readonly upstream: string;
  readonly dialect: Dialect;
}

/** A proxy of this process for plain HTTP, which a client takes for the server itself. */
export async function startHttpProxy({ upstream: origin, dialect }: HttpProxyOptions): Promise<FaultyProxy> {
  const upstream = connectUpstream(origin);
  const seen = new Map<string, WholeAnswer>();
  let remembered: ReadonlyMap<string, WholeAnswer> = new Map();
  let striker: Striker | undefined;

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    const purpose = { ...dialect.purposeOf(request), sizeBytes: request.body.length };
    const act = striker?.next(purpose);
    const listing = purpose.verbs.includes('list')
      ? `${request.target} ${String(request.headers['depth'])}`
      : undefined;
    if (act !== undefined) {
      const stale = listing === undefined ? undefined : remembered.get(listing);
      await commitAct(act, { request, response, upstream, dialect, stale });
      return;
    }
    const answer = await upstream.send(request);
    if (listing !== undefined) seen.set(listing, answer);
    passOn(answer, request, response);
  };

  const server = createServer((incoming, response) => {
    // A client that goes away in the middle, or a server that does: the connection ends, as it would without us.
    handle(incoming, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    arm(fault) {
      striker = fault === undefined ? undefined : new Striker(fault);
      return striker;
    },
    rememberListings() {
      remembered = new Map(seen);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      upstream.close();
    },
  };
}
