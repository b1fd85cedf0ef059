import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an origin answers one request; `count` is 0 for the first one. */
export type Script = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server of this process that misbehaves as told: what no real server can be made to do. */
export interface ScriptedOrigin extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: readonly IncomingMessage[];
}

export async function startScriptedOrigin(script: Script): Promise<ScriptedOrigin> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    script(request, response, requests.length - 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
