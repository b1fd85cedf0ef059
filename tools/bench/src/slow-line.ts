import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** A way to a server on which every byte of a request is `delayMs` longer under way; as wide as without it. */
export async function startSlowLine(
  endpoint: string,
  delayMs: number,
): Promise<{ readonly origin: string } & AsyncDisposable> {
  const { hostname, port } = new URL(endpoint);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    client.pipe(late(delayMs)).pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** Each chunk comes out `delayMs` after it went in; chunks travel at the same time. */
function late(delayMs: number): Transform {
  let last = Promise.resolve();
  let waiting = 0;
  return new Transform({
    highWaterMark: 16 * 1024 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      waiting++;
      const due = delay(delayMs);
      last = last.then(async () => {
        await due;
        waiting--;
        this.push(chunk);
      });
      // As many bytes may be under way as a wide line holds.
      if (waiting < 1024) done();
      else void last.then(() => done());
    },
    flush(done) {
      void last.then(() => done());
    },
  });
}
