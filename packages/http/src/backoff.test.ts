import { BackupError, type Clock } from '@hayloft/engine';
import { expect, test } from '@jest/globals';
import { briefBackoff, createBackoff, retryAfterMsMax } from './backoff.ts';
import { parseRetryAfter } from './retry-after.ts';
import { sourceCodes } from './codes.ts';
import { translateStatus } from './translate-status.ts';

const signal = new AbortController().signal;
const unavailable = new BackupError('SOURCE_UNAVAILABLE', 'gone for now', { remedy: 'Wait.' });

function noted(random: number): {
  readonly sleeps: number[];
  readonly clock: Pick<Clock, 'sleep'>;
  random: () => number;
} {
  const sleeps: number[] = [];
  return { sleeps, clock: { sleep: async (ms) => void sleeps.push(ms) }, random: () => random };
}

const answered = (status: number, retryAfterMs: number | undefined): BackupError =>
  translateStatus({ method: 'GET', where: 'http://host/', status, retryAfterMs }, sourceCodes);

test('waits double up to their maximum, then the failure is thrown', async () => {
  const tools = noted(1);
  const backoff = createBackoff({ failuresMax: 5, delayMsFirst: 500, delayMsMax: 2_000 }, tools);
  for (let i = 0; i < 4; i++) await backoff.wait(unavailable, { signal });
  await expect(backoff.wait(unavailable, { signal })).rejects.toBe(unavailable);
  expect(tools.sleeps).toEqual([500, 1000, 2000, 2000]);
});

test('jitter takes the whole of the wait', async () => {
  const tools = noted(0);
  await createBackoff(briefBackoff, tools).wait(unavailable, { signal });
  expect(tools.sleeps).toEqual([0]);
});

test('progress starts the count anew', async () => {
  const tools = noted(1);
  const backoff = createBackoff(briefBackoff, tools);
  for (let i = 0; i < 20; i++) {
    await backoff.wait(unavailable, { signal });
    backoff.reset();
  }
  expect(new Set(tools.sleeps)).toEqual(new Set([500]));
});

test('a wait is never shorter than Retry-After', async () => {
  const tools = noted(0.5);
  await createBackoff(briefBackoff, tools).wait(answered(429, 7_000), { signal });
  expect(tools.sleeps).toEqual([7_250]);
});

test('a server that asks for too long a wait is not waited for', async () => {
  const tools = noted(0);
  const error = answered(503, retryAfterMsMax + 1);
  await expect(createBackoff(briefBackoff, tools).wait(error, { signal })).rejects.toBe(error);
  expect(tools.sleeps).toEqual([]);
});

test.each([answered(404, undefined), answered(403, 1_000), new TypeError('a bug')])(
  '%s is not retried',
  async (error) => {
    const tools = noted(0);
    await expect(createBackoff(briefBackoff, tools).wait(error, { signal })).rejects.toBe(error);
    expect(tools.sleeps).toEqual([]);
  },
);

test('an aborted run waits for nothing', async () => {
  const reason = new Error('stopped by the user');
  const wait = createBackoff(briefBackoff, noted(0)).wait(unavailable, { signal: AbortSignal.abort(reason) });
  await expect(wait).rejects.toBe(reason);
});

test.each([
  ['120', 120_000],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
  ['Wed, 31 Dec 1969 00:00:10 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After: %s is %s ms', (value, ms) => {
  expect(parseRetryAfter(value, 1_000)).toBe(ms);
});
