import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { serveBytes, startScriptedOrigin, type Script } from '@hayloft/http/testing';
import { createVirtualClock, seededRandom } from '@hayloft/engine/testing';
import { isBackupError } from '@hayloft/engine';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSmall, readingOf, readSource, verdict } from './testing/read-source.ts';

const KiB = 1024;
const bytes = Buffer.from(seededRandom(7).bytes(300 * KiB + 17));
const etag = '"v1"';

/** Serves the file well, except for the requests that `fault` answers itself (it then returns true). Request 0 is the probe. */
function faulty(fault: (...request: Parameters<Script>) => boolean): Script {
  return (request, response, count) => {
    if (!fault(request, response, count)) serveBytes(request, response, { bytes, etag });
  };
}

/** The same served otherwise, once the probe is over. */
const afterProbe = (served: object): Script =>
  faulty((request, response, count) => {
    if (count > 0) serveBytes(request, response, { bytes, etag, ...served });
    return count > 0;
  });

test('parts are fetched several at once and arrive in order', async () => {
  let flying = 0;
  let flyingMax = 0;
  await using origin = await startScriptedOrigin((request, response) => {
    flyingMax = Math.max(flyingMax, ++flying);
    response.on('close', () => flying--);
    // Held back for a turn, so that the next request can be under way before this one is answered.
    setImmediate(() => serveBytes(request, response, { bytes, etag }));
  });
  await using source = await openSmall({ url: `${origin.url}/disk.img` });
  expect(source.sizeBytes).toBe(bytes.length);
  expect(verdict(await readSource(source), bytes)).toBe('same bytes');
  expect(flyingMax).toBeGreaterThan(1);
  expect(flyingMax).toBeLessThanOrEqual(3);
  expect(origin.requests.slice(1).every(({ headers }) => headers['if-range'] === etag)).toBe(true);
});

test('after a cut the transfer goes on from the byte where it stopped', async () => {
  await using origin = await startScriptedOrigin(afterProbe({ cutAfterBytes: 20 * KiB }));
  expect(verdict(await readingOf({ url: origin.url, connections: 1 }), bytes)).toBe('same bytes');
  const ranges = origin.requests.slice(1, 5).map(({ headers }) => headers.range);
  expect(ranges).toEqual([0, 20, 40, 60].map((start) => `bytes=${start * KiB}-${64 * KiB - 1}`));
});

test('a file that is the same all the time is read through any mix of cuts, refusals and small parts', async () => {
  type Fault = 'none' | 'cut' | 'early cut' | '503' | 'reset' | 'small';
  const faults = fc.array(fc.constantFrom<Fault>('none', 'cut', 'early cut', '503', 'reset', 'small'), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(faults, async (plan) => {
      await using origin = await startScriptedOrigin((request, response, count) => {
        const fault = plan[count] ?? 'none';
        if (fault === '503') return void response.writeHead(503).end();
        if (fault === 'reset') return void request.socket.destroy();
        if (fault === 'small') request.headers.range = request.headers.range?.replace(/-\d+$/, shortened);
        const cutAfterBytes = { cut: 30 * KiB, 'early cut': 1 }[fault as string];
        serveBytes(request, response, { bytes, etag, cutAfterBytes });
      });
      const outcome = await readingOf({ url: origin.url });
      // Patience may end, but bytes are never wrong.
      if (!isBackupError(outcome, 'SOURCE_UNAVAILABLE')) expect(verdict(outcome, bytes)).toBe('same bytes');
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** A server may answer with less than was asked for. */
const shortened = (_: string, at: number, range: string): string => `-${Number(range.slice(6, at)) + 999}`;

test.each<[string, Script, string]>([
  ['another ETag', afterProbe({ etag: '"v2"' }), 'SOURCE_CHANGED'],
  ['the whole file in answer to a range', afterProbe({ headers: { etag: '"v1"' }, etag: '"other"' }), 'SOURCE_CHANGED'],
  ['another ETag with the range all the same', afterProbe({ headers: { etag: '"v2"' } }), 'SOURCE_CHANGED'],
  ['a file that grew', afterProbe({ headers: { 'content-range': 'bytes 0-65535/400000' } }), 'SOURCE_CHANGED'],
  ['a file that shrank', afterProbe({ bytes: bytes.subarray(0, 5) }), 'SOURCE_CHANGED'],
  [
    'another range than asked for',
    afterProbe({ headers: { 'content-range': `bytes 7-8/${bytes.length}` } }),
    'SOURCE_INVALID',
  ],
  [
    'the first part once more',
    faulty((request, _, count) => {
      if (count === 2) request.headers.range = 'bytes=0-65535';
      return false;
    }),
    'SOURCE_INVALID',
  ],
  ['a range without Content-Range', afterProbe({ headers: { 'content-range': 'none' } }), 'SOURCE_INVALID'],
  [
    'more bytes than its range',
    afterProbe({ headers: { 'content-range': `bytes 0-9/${bytes.length}` } }),
    'SOURCE_INVALID',
  ],
  ['gzip where plain bytes were asked for', afterProbe({ headers: { 'content-encoding': 'gzip' } }), 'SOURCE_INVALID'],
  ['a refusal', faulty((_, response, count) => count > 0 && !!response.writeHead(403).end()), 'ACCESS_DENIED'],
  [
    'nothing but answers that end at once in good order',
    faulty((request, response, count) => {
      const range = `${request.headers.range?.replace('=', ' ')}/${bytes.length}`;
      return count > 0 && !!response.writeHead(206, { etag, 'content-range': range }).end();
    }),
    'SOURCE_UNAVAILABLE',
  ],
  ['nothing but cuts', afterProbe({ cutAfterBytes: 0 }), 'SOURCE_UNAVAILABLE'],
])('%s ends the transfer', async (_, script, code) => {
  await using origin = await startScriptedOrigin(script);
  expect(await readingOf({ url: origin.url })).toMatchObject({ code });
});

test('an answer that ends early in good order is continued like a cut', async () => {
  const script = faulty((_, response, count) => {
    if (count !== 1) return false;
    // Chunked, so that nothing but the Content-Range tells how much should have come.
    response.writeHead(206, { etag, 'content-range': `bytes 0-65535/${bytes.length}` });
    response.end(bytes.subarray(0, 1000));
    return true;
  });
  await using origin = await startScriptedOrigin(script);
  expect(verdict(await readingOf({ url: origin.url }), bytes)).toBe('same bytes');
});

test('a connection that falls silent is given up and continued', async () => {
  const script = faulty((request, response, count) => {
    if (count !== 2) return false;
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0]);
    const range = `bytes ${start}-${start + 64 * KiB - 1}/${bytes.length}`;
    response.writeHead(206, { etag, 'content-length': 64 * KiB, 'content-range': range });
    response.write(bytes.subarray(start, start + 10));
    return true;
  });
  await using origin = await startScriptedOrigin(script);
  const outcome = await readingOf({ url: origin.url }, { limits: { idleTimeoutMs: 50 } });
  expect(verdict(outcome, bytes)).toBe('same bytes');
  expect(origin.requests).toHaveLength(7); // the probe, five parts, and the rest of the silent one
});

test('a server that asks for a pause gets it', async () => {
  const clock = createVirtualClock();
  const script = faulty((_, response, count) => {
    return count === 1 && !!response.writeHead(429, { 'retry-after': '100' }).end();
  });
  await using origin = await startScriptedOrigin(script);
  expect(verdict(await readingOf({ url: origin.url, connections: 1 }, { clock }), bytes)).toBe('same bytes');
  expect(clock.monotonic()).toBe(100_000);
});

test('parts that a server refuses while it serves another one wait for it', async () => {
  const half = 150 * KiB;
  let sent = 0;
  let refusals = 0;
  let first: ServerResponse | undefined;
  const script = faulty((request, response, count) => {
    if (count === 1) {
      first = response.writeHead(206, { etag, 'content-range': `bytes 0-${half - 1}/${bytes.length}` });
    } else if (request.headers.range?.startsWith(`bytes=${half}-`) === true && sent < half) {
      // The first part moves on by 64 KiB for six refusals of the second: fewer in a row than end a transfer.
      if (++refusals % 6 === 0) first?.write(bytes.subarray(sent, Math.min(half, (sent += 64 * KiB))));
      if (sent >= half) first?.end();
      response.writeHead(503).end();
    } else return false;
    return true;
  });
  await using origin = await startScriptedOrigin(script);
  const outcome = await readingOf({ url: origin.url, connections: 2, rangeBytes: half });
  expect(verdict(outcome, bytes)).toBe('same bytes');
  expect(refusals).toBe(18);
});

test('parts go straight to the mirror, and by the front door again once the mirror refuses', async () => {
  let expired = false;
  await using mirror = await startScriptedOrigin((request, response, count) => {
    if (count === 3) expired = true;
    if (expired && request.url === '/signed-1') response.writeHead(403).end();
    else serveBytes(request, response, { bytes, etag });
  });
  await using front = await startScriptedOrigin((_, response, count) => {
    response.writeHead(302, { location: `${mirror.url}/signed-${count + 1}` }).end();
  });
  expect(verdict(await readingOf({ url: front.url, connections: 1 }), bytes)).toBe('same bytes');
  expect(front.requests).toHaveLength(2);
});

test('stopping early ends every request under way', async () => {
  const held: ServerResponse[] = [];
  const script = faulty((_, response, count) => {
    if (count < 2) return false;
    held.push(response);
    return true;
  });
  await using origin = await startScriptedOrigin(script);
  await using source = await openSmall({ url: origin.url });
  const extents = source.extents({ signal: new AbortController().signal })[Symbol.asyncIterator]();
  await extents.next();
  await extents.return?.();
  await Promise.all(held.filter(({ closed }) => !closed).map((response) => once(response, 'close')));
});

test('an aborted transfer rejects with the reason', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped by the user');
  const script = faulty((_, __, count) => {
    if (count === 2) stop.abort(reason);
    return count >= 2;
  });
  await using origin = await startScriptedOrigin(script);
  await using source = await openSmall({ url: origin.url });
  const reading = (async () => {
    for await (const extent of source.extents({ signal: stop.signal })) void extent;
  })();
  await expect(reading).rejects.toBe(reason);
});
