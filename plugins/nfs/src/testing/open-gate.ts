import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server's port, counts connections, listens in, and shuts on demand. */
export interface Gate extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  /** Everything that clients sent so far. */
  sent(): Buffer;
  /** Cuts every connection, and each new one as soon as it comes. */
  shut(): void;
}

export async function openGate(serverPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const sent: Buffer[] = [];
  let connections = 0;
  let isShut = false;
  const server = createServer((client) => {
    connections++;
    if (isShut) return void client.destroy();
    const upstream = connect(serverPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => {});
      socket.on('close', () => void other.destroy());
    }
    client.on('data', (data) => void sent.push(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = (): void => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    sent: () => Buffer.concat(sent),
    shut,
    async [Symbol.asyncDispose]() {
      shut();
      server.close();
    },
  };
}
