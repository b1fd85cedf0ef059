import { Agent, request as sendRequest, type ClientRequest } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { forwardedHeaders, type WholeAnswer, type WholeRequest } from './message.ts';

/** The real server behind a proxy. */
export interface Upstream {
  /** Sends a request on and reads the answer whole. */
  send(request: WholeRequest): Promise<WholeAnswer>;
  /** Sends the head and the first part of the body, and closes the connection. */
  breakOff(request: WholeRequest): Promise<void>;
  close(): void;
}

/** `origin` is `http://host:port`. The `Host` header stays the client's, which has signed it. */
export function connectUpstream(origin: string): Upstream {
  const { hostname, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true });

  const begin = ({ method, target: path, rawHeaders, body }: WholeRequest): ClientRequest => {
    const length = body.length > 0 || !bodiless.has(method) ? body.length : undefined;
    return sendRequest({
      agent,
      hostname,
      port,
      method,
      path,
      setHost: false,
      headers: forwardedHeaders(rawHeaders, length),
    });
  };

  return {
    async send(request) {
      const sent = begin(request);
      sent.end(request.body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const { statusCode: status = 0, rawHeaders } = answer;
      return { status, rawHeaders, body: await buffer(answer) };
    },
    async breakOff(request) {
      const sent = begin(request);
      sent.on('error', () => {}); // it is we who break it
      await new Promise<void>((resolve) => {
        sent.write(request.body.subarray(0, Math.ceil(request.body.length / 2)), () => resolve());
      });
      sent.destroy();
    },
    close: () => agent.destroy(),
  };
}

/** Node sends these without a body; any other would get an empty one in chunks, which is a body to some servers. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);
