import { expect, test } from '@jest/globals';
import { createVirtualClock } from './virtual-clock.ts';

const { signal } = new AbortController();

test('an automatic clock wakes sleepers in the order of their time, at their time', async () => {
  const clock = createVirtualClock();
  const woken: string[] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms, { signal });
    woken.push(`${name} ${clock.monotonic()}`);
  };
  await Promise.all([sleep('hour', 3_600_000), sleep('first', 5), sleep('second', 5), sleep('now', 0)]);
  expect(woken).toEqual(['now 0', 'first 5', 'second 5', 'hour 3600000']);
});

test('a clock by hand moves only when told, and lets those it wakes sleep again on the way', async () => {
  const clock = createVirtualClock({ automatic: false });
  const woken: number[] = [];
  void (async () => {
    for (;;) {
      await clock.sleep(10, { signal });
      woken.push(clock.monotonic());
    }
  })();
  await clock.advance(9);
  expect(woken).toEqual([]);
  await clock.advance(25);
  expect(woken).toEqual([10, 20, 30]);
  expect(clock.monotonic()).toBe(34);
});

test('an aborted sleep rejects with the reason and leaves nobody asleep', async () => {
  const clock = createVirtualClock({ automatic: false });
  const controller = new AbortController();
  const sleep = clock.sleep(10, { signal: controller.signal });
  controller.abort('enough');
  await expect(sleep).rejects.toBe('enough');
  await expect(clock.sleep(10, { signal: controller.signal })).rejects.toBe('enough');
  expect(clock.sleepers).toBe(0);
});

test('a skewed clock shows another wall time and the same passing of time', async () => {
  const clock = createVirtualClock({ startMs: 1_000 });
  const skewed = clock.skewed(-600);
  await skewed.sleep(50, { signal });
  expect([clock.now(), skewed.now(), skewed.monotonic()]).toEqual([1_050, 450, 50]);
});
