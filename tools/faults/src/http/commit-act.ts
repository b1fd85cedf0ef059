import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { MadeUpAnswer, PlainAct } from '../fault.ts';
import type { Dialect } from './dialect.ts';
import { forwardedHeaders, type WholeAnswer, type WholeRequest } from './message.ts';
import { hasBody, passOn, writeHead } from './pass-on.ts';
import type { Upstream } from './upstream.ts';

export interface Struck {
  readonly request: WholeRequest;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly dialect: Dialect;
  /** The listing that was asked for, as it was before; undefined if it is none or was never asked for. */
  readonly stale: WholeAnswer | undefined;
}

/** Does to a request what the fault says. */
export async function commitAct(act: PlainAct, struck: Struck): Promise<void> {
  const { request, response, upstream, dialect, stale } = struck;
  const reshape = async (change: (body: Buffer) => Buffer): Promise<void> => {
    const answer = await upstream.send(request);
    passOn(isRefusal(answer) ? answer : { ...answer, body: change(answer.body) }, request, response);
  };
  const resend = async (change: (body: Buffer) => Buffer): Promise<void> => {
    passOn(await upstream.send({ ...request, body: change(request.body) }), request, response);
  };
  switch (act.kind) {
    case 'refuse':
      response.destroy();
      return;
    case 'swallow':
      await upstream.send(request);
      response.destroy();
      return;
    case 'stall':
      return;
    case 'delay':
      await delay(act.ms);
      return resend(same);
    case 'cut':
      return cut(await upstream.send(request), struck);
    case 'shorten':
      return reshape(firstHalf);
    case 'garble':
      return reshape(garbled);
    case 'cut-upload':
      await upstream.breakOff(request);
      response.destroy();
      return;
    case 'shorten-upload':
      return resend(firstHalf);
    case 'garble-upload':
      return resend(garbled);
    case 'repeat-request':
      await upstream.send(request);
      return resend(same);
    case 'repeat-answer':
      return repeat(await upstream.send(request), struck);
    case 'answer':
      if (act.effect === true) await upstream.send(request);
      return passOn(madeUp(act.answer), request, response);
    case 'error-in-200':
      return passOn(
        madeUp({ status: 200, headers: { 'content-type': 'application/xml' }, body: dialect.errorBody }),
        request,
        response,
      );
    case 'half-listing':
      return reshape((body) => halfOf(body, dialect));
    case 'stale-listing':
      return stale === undefined ? resend(same) : passOn(stale, request, response);
  }
}

const isRefusal = ({ status }: WholeAnswer): boolean => status >= 300;
const same = (body: Buffer): Buffer => body;
const firstHalf = (body: Buffer): Buffer => body.subarray(0, Math.ceil(body.length / 2));

function garbled(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  if (copy.length > 0) copy[middle] = copy[middle]! ^ 0x10;
  return copy;
}

/** Sends half the body under a head that promises all of it; where there is none to halve, not even the head. */
function cut(answer: WholeAnswer, { request, response }: Struck): void {
  if (isRefusal(answer)) return passOn(answer, request, response);
  if (!hasBody(answer, request) || answer.body.length === 0) {
    response.destroy();
    return;
  }
  writeHead(answer, request, response);
  response.write(firstHalf(answer.body), () => response.destroy());
}

/** A second copy of the answer follows the first on the wire, which no client has asked for. */
function repeat(answer: WholeAnswer, { request, response }: Struck): void {
  const { socket } = response;
  const body = hasBody(answer, request) ? answer.body : Buffer.alloc(0);
  const headers = forwardedHeaders(answer.rawHeaders, body.length);
  const lines = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  const head = `HTTP/1.1 ${answer.status} Again\r\n${lines.join('')}\r\n`;
  passOn(answer, request, response);
  socket?.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

function madeUp({ status, headers = {}, body = '' }: MadeUpAnswer): WholeAnswer {
  return { status, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
}

/** Leaves out every second member, beginning with the first. */
function halfOf(body: Buffer, { listingEntry, selfEntries }: Dialect): Buffer {
  let number = -selfEntries;
  const text = body.toString('utf8').replace(listingEntry, (entry) => (number++ < 0 || number % 2 === 0 ? entry : ''));
  return Buffer.from(text);
}
