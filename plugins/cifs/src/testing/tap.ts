import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a tap sees of one connection: whole frames, in each direction; it lets through what `pass` returns. */
export interface TapRule {
  /** Undefined keeps the frame back; 'cut' ends the connection. */
  pass(frame: Buffer, from: 'client' | 'server'): Buffer | undefined | 'cut';
}

export interface Tap extends AsyncDisposable {
  readonly port: number;
  rule: TapRule;
}

export const passAll: TapRule = { pass: (frame) => frame };

/** Listens between a client and the server behind `serverPort`. */
export async function openTap(serverPort: number): Promise<Tap> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(serverPort, '127.0.0.1');
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        behind.destroy();
      });
    }
    relay(client, behind, 'client');
    relay(behind, client, 'server');
  });

  function relay(from: Socket, to: Socket, who: 'client' | 'server'): void {
    let received: Buffer = Buffer.alloc(0);
    from.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const end = 4 + received.readUInt32BE(0);
        const passed = tap.rule.pass(Buffer.from(received.subarray(4, end)), who);
        received = received.subarray(end);
        if (passed === 'cut') return void from.destroy();
        if (passed === undefined) continue;
        const length = Buffer.alloc(4);
        length.writeUInt32BE(passed.length);
        to.write(Buffer.concat([length, passed]));
      }
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tap: Tap = {
    port: (server.address() as AddressInfo).port,
    rule: passAll,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return tap;
}

/** The command of a frame that is not encrypted. */
export const commandOf = (frame: Buffer): number => frame.readUInt16LE(12);
