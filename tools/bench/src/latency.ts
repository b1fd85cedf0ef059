import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hayloft } from './contestants.ts';
import type { Tools } from './contestants.ts';
import { makeImage } from './images.ts';
import { measure, median } from './measure.ts';
import { bucketPlace } from './places.ts';

const delayMs = 20;

/** What a longer way to the bucket costs: the same jobs with and without it, in turn. */
export async function measureLatency(tools: Tools, work: string, rounds: number): Promise<string> {
  const image = makeImage(work, 'real');
  const folder = join(work, 'run');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await using near = await bucketPlace(join(folder, 'near'));
  await using far = await bucketPlace(join(folder, 'far'), delayMs);
  const ways = [near, far].map((place) => ({
    ours: hayloft(tools, place, 'made'),
    first: [] as number[],
    back: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { ours, first, back } of ways) {
      await ours.reset();
      first.push((await measure(ours.backup(image, 0)[0]!)).wallSeconds);
      const to = join(folder, 'restored');
      back.push((await measure(ours.restore(image, to)[0]!)).wallSeconds);
      rmSync(to, { force: true });
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const row = (job: string, which: 'first' | 'back'): string => {
    const [without, withIt] = ways.map((way) => median(way[which]));
    const ratio = median(ways[1]!.first.map((_, round) => ways[1]![which][round]! / ways[0]![which][round]!));
    return `| ${job} | ${without!.toFixed(2)} | ${withIt!.toFixed(2)} | ${ratio.toFixed(2)} |`;
  };
  return [
    `### ${delayMs} ms on the way to the bucket`,
    '',
    '| job | wall s without | with | ratio |',
    '|---|--:|--:|--:|',
    row('first backup +img', 'first'),
    row('restore', 'back'),
    '',
  ].join('\n');
}
