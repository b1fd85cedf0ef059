import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Act, Fault, PlainAct, Purpose } from '../fault.ts';
import type { FaultyProxy } from '../faulty-proxy.ts';
import { Striker } from '../striker.ts';
import { Frames } from './frames.ts';

export interface BytesProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly purposeOf: (message: Buffer) => Omit<Purpose, 'sizeBytes'>;
}

/** What can be done to a message without a word of the protocol's. */
const kinds: ReadonlySet<Act['kind']> = new Set(['refuse', 'swallow', 'cut', 'cut-upload', 'delay', 'pause', 'stall']);
export const bytesProxyDoes = ({ act }: Fault): boolean => kinds.has(act.kind);

/** A proxy of this process for a protocol whose messages have their length in front. */
export async function startBytesProxy({ host, port, purposeOf }: BytesProxyOptions): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  let striker: Striker | undefined;

  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {}); // the other side ends with it, and its client says what it makes of that
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    passAnswers(upstream, client, passRequests(client, upstream));
  });

  /** Passes a client's messages on in order; answers with what its next answer has to suffer, and forgets it. */
  function passRequests(client: Socket, upstream: Socket): () => PlainAct | undefined {
    const frames = new Frames();
    let due: PlainAct | undefined;
    let passing = Promise.resolve();
    const pass = async (message: Buffer): Promise<void> => {
      const act = striker?.next({ ...purposeOf(message), sizeBytes: message.length });
      if (act?.kind === 'stall') return new Promise(() => {});
      if (act?.kind === 'refuse') return void client.destroy();
      if (act?.kind === 'cut-upload') return void upstream.write(firstHalf(message), () => client.destroy());
      if (act?.kind === 'delay') await delay(act.ms);
      else due = act;
      upstream.write(message);
    };
    client.on('data', (chunk: Buffer) => {
      for (const message of frames.take(chunk)) passing = passing.then(() => pass(message));
    });
    return () => {
      const now = due;
      due = undefined;
      return now;
    };
  }

  function passAnswers(upstream: Socket, client: Socket, takeDue: () => PlainAct | undefined): void {
    const frames = new Frames();
    upstream.on('data', (chunk: Buffer) => {
      for (const message of frames.take(chunk)) {
        const act = takeDue();
        if (act === undefined) client.write(message);
        else if (act.kind === 'swallow') client.destroy();
        else client.write(firstHalf(message), () => client.destroy());
      }
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    arm(fault) {
      striker = fault === undefined ? undefined : new Striker(fault);
      return striker;
    },
    rememberListings() {},
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

const firstHalf = (message: Buffer): Buffer => message.subarray(0, Math.ceil(message.length / 2));
