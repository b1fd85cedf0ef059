import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { borg, copyFile, hayloft, longhorn, openssl, restic } from './contestants.ts';
import type { Contestant, Tools } from './contestants.ts';
import type { ImageKind } from './images.ts';
import { measure } from './measure.ts';
import type { Command, Cost } from './measure.ts';
import type { Place } from './places.ts';

export type Job = 'first' | 'second' | 'restore';
export type Figures = Map<string, Cost[]>;

export interface Case {
  readonly job: Job;
  readonly image: ImageKind;
  /** A folder where not given. */
  readonly store?: 's3';
  readonly contestants: (tools: Tools, place: Place) => Contestant[];
}

/** What `--only` and the plots call it. */
export const caseName = ({ job, image, store }: Case): string =>
  [job, image, ...(store === undefined ? [] : [store])].join('-');

const everybody = (tools: Tools, place: Place): Contestant[] => [
  hayloft(tools, place, 'known'),
  longhorn(tools, place, tools.workers, false),
  hayloft(tools, place, 'made'),
  longhorn(tools, place, tools.workers, true),
  borg(place),
  restic(place),
];
const withoutRestic = (tools: Tools, place: Place): Contestant[] => everybody(tools, place).slice(0, 5);
/** borg speaks no S3. */
const overS3 = (tools: Tools, place: Place): Contestant[] =>
  everybody(tools, place).filter(({ name }) => name !== 'borg');

/** In the order of the goals: first and second backup, restore; then what does not compress, then what is mostly hole. */
export const cases: readonly Case[] = [
  { job: 'first', image: 'real', contestants: everybody },
  { job: 'second', image: 'real', contestants: everybody },
  { job: 'restore', image: 'real', contestants: everybody },
  { job: 'first', image: 'rand', contestants: withoutRestic },
  { job: 'first', image: 'sparse', contestants: withoutRestic },
  { job: 'restore', image: 'sparse', contestants: withoutRestic },
  { job: 'first', image: 'real', store: 's3', contestants: overS3 },
  { job: 'second', image: 'real', store: 's3', contestants: overS3 },
  { job: 'restore', image: 'real', store: 's3', contestants: overS3 },
];

/** Every contestant once a round, in turn, so that a busy minute of the machine strikes all alike. */
export async function runCase(each: Case, image: string, tools: Tools, place: Place, rounds: number): Promise<Figures> {
  const contestants = each.contestants(tools, place);
  const folder = place.scratch;
  const figures: Figures = new Map();
  const note = (name: string, cost: Cost): void => void figures.set(name, [...(figures.get(name) ?? []), cost]);
  if (each.job !== 'first') {
    for (const contestant of contestants) {
      await contestant.reset();
      await measureAll(contestant.backup(image, 0));
    }
  }
  for (let round = 0; round < rounds; round++) {
    note('H (openssl sha512)', await measure(openssl(image)));
    note('cp --sparse', await scratch(folder, (to) => [copyFile(image, to)]));
    for (const contestant of contestants) {
      if (each.job === 'first') await contestant.reset();
      const cost =
        each.job === 'restore'
          ? await scratch(folder, (to) => contestant.restore(image, to))
          : await measureAll(contestant.backup(image, each.job === 'first' ? 0 : round + 1));
      note(contestant.name, cost);
    }
  }
  return figures;
}

/** Restores go to a place of their own each time, removed outside the timed part. */
async function scratch(folder: string, commands: (to: string) => Command[]): Promise<Cost> {
  const to = join(folder, 'restored');
  const clean = (): void =>
    ['', '.borg', '.restic'].forEach((end) => rmSync(to + end, { recursive: true, force: true }));
  clean();
  try {
    return await measureAll(commands(to));
  } finally {
    clean();
  }
}

/** What the one before left for the disk to write is not this one's to wait for. */
async function measureAll(commands: readonly Command[]): Promise<Cost> {
  execFileSync('sync');
  const costs: Cost[] = [];
  for (const command of commands) costs.push(await measure(command));
  return {
    wallSeconds: costs.reduce((sum, cost) => sum + cost.wallSeconds, 0),
    cpuSeconds: costs.reduce((sum, cost) => sum + cost.cpuSeconds, 0),
    peakMiB: Math.max(...costs.map((cost) => cost.peakMiB)),
  };
}
