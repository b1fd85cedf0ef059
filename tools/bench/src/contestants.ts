import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './measure.ts';
import type { Place } from './places.ts';

/** The wait that Longhorn's lock protocol sleeps in every backup and restore; not throughput, so it is subtracted. */
const lockWaitSeconds = 2;

/** One tool at the same job: bring an image into a store of its own, and back. */
export interface Contestant {
  readonly name: string;
  /** Empties the store and whatever else the tool remembers. Not timed. */
  reset(): Promise<void>;
  /** First or second backup, whichever the store makes it. */
  backup(image: string, round: number): Command[];
  restore(image: string, to: string): Command[];
}

export interface Tools {
  /** The launcher of an installed or built hayloft. */
  readonly hayloft: string;
  readonly longhornPeer: string;
  readonly workers: number;
}

/** `known`: the image stands on the disk with its proof, so its digest need not be made again. */
export function hayloft(tools: Tools, place: Place, digest: 'known' | 'made'): Contestant {
  const name = `hayloft-${digest}`;
  const home = join(place.scratch, `${name}.home`);
  const env = {
    ...place.environment,
    XDG_STATE_HOME: `${home}/state`,
    XDG_DATA_HOME: `${home}/data`,
    XDG_CONFIG_HOME: `${home}/config`,
  };
  const command = (...args: string[]): Command => ({
    argv: [tools.hayloft, ...args, '--target', place.url(name), '--no-progress'],
    env,
  });
  return {
    name: digest === 'known' ? 'hayloft' : 'hayloft +img',
    reset: async () => {
      await place.empty(name);
      rmSync(home, { recursive: true, force: true });
    },
    backup: (image, round) =>
      digest === 'known'
        ? [command('backup', 'create', 'image', '--name', `image-${round}`, '--disk', diskOf(image))]
        : [command('backup', 'create', `image-${round}`, '--file', image)],
    restore: (_image, to) => [command('restore', 'image-0', '--to', to)],
  };
}

/** Where the disk stands that holds `image` as an image with its proof. */
export const diskOf = (image: string): string => `${image}.disk`;

export function longhorn(tools: Tools, place: Place, workers: number, hash: boolean): Contestant {
  const store = `longhorn-${workers}${hash ? '-hash' : ''}`;
  const env = place.environment;
  const digest = (path: string): Command[] => (hash ? [{ argv: ['openssl', 'dgst', '-sha512', path] }] : []);
  return {
    name: `longhorn lib ${workers}${hash ? ' + hash' : ''}`,
    reset: async () => place.empty(store),
    backup: (image, round) => [
      ...digest(image),
      {
        argv: [
          tools.longhornPeer,
          'backup',
          '--concurrency',
          String(workers),
          '--mapping',
          'sparse',
          image,
          `image-${round}`,
          longhornUrl(place.url(store)),
        ],
        env,
        idleSeconds: lockWaitSeconds,
      },
    ],
    restore: (_image, to) => [
      {
        argv: [
          tools.longhornPeer,
          'restore',
          '--concurrency',
          String(workers),
          `${longhornUrl(place.url(store))}?backingImage=image-0`,
          to,
        ],
        env,
        idleSeconds: lockWaitSeconds,
      },
      ...digest(to),
    ],
  };
}

/** Longhorn calls a folder of the machine `vfs`. */
const longhornUrl = (url: string): string => url.replace(/^file:/, 'vfs:');

export function borg(place: Place): Contestant {
  const store = join(place.scratch, 'borg');
  const env = {
    BORG_BASE_DIR: `${store}.home`,
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
    BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
  };
  return {
    name: 'borg',
    reset: async () => {
      rmSync(store, { recursive: true, force: true });
      rmSync(`${store}.home`, { recursive: true, force: true });
      execFileSync('borg', ['init', '-e', 'none', store], { env: { ...process.env, ...env }, stdio: 'ignore' });
    },
    backup: (image, round) => [
      {
        argv: [
          'borg',
          'create',
          '--sparse',
          '--files-cache',
          'disabled',
          '--chunker-params',
          'fixed,2097152',
          '-C',
          'lz4',
          `${store}::image-${round}`,
          image,
        ],
        env,
      },
    ],
    restore: (_image, to) => {
      mkdirSync(`${to}.borg`, { recursive: true });
      return [{ argv: ['borg', 'extract', '--sparse', `${store}::image-0`], env, cwd: `${to}.borg` }];
    },
  };
}

export function restic(place: Place): Contestant {
  const cache = join(place.scratch, 'restic.cache');
  const environment = (): Record<string, string> => ({
    ...place.environment,
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: place.resticRepository('restic'),
    RESTIC_CACHE_DIR: cache,
  });
  return {
    name: 'restic',
    reset: async () => {
      await place.empty('restic');
      rmSync(cache, { recursive: true, force: true });
      execFileSync('restic', ['init', '-q'], { env: { ...process.env, ...environment() }, stdio: 'ignore' });
    },
    backup: (image) => [{ argv: ['restic', 'backup', '-q', '--force', image], env: environment() }],
    restore: (_image, to) => [
      { argv: ['restic', 'restore', '-q', 'latest', '--target', `${to}.restic`], env: environment() },
    ],
  };
}

/** H: one SHA-512 pass over the image, the floor that every figure is divided by. */
export const openssl = (image: string): Command => ({ argv: ['openssl', 'dgst', '-sha512', image] });
export const copyFile = (image: string, to: string): Command => ({ argv: ['cp', '--sparse=always', image, to] });
