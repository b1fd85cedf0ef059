import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { buildLonghornPeer } from './build-longhorn-peer.ts';

export interface PeerResult {
  /** 0 done, 1 failed, 2 wrong usage, 3 the name is taken. */
  readonly exitCode: number | null;
  /** What the peer printed, one value a line; `{error}` when it failed. */
  readonly output: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
}

export interface PeerOptions {
  /** Added to this process's environment: the credentials of the target, by Longhorn's names. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}

/** Runs one command of the peer to its end; building it first if need be. A failure of the peer is a result as well. */
export async function runLonghornPeer(args: readonly string[], options: PeerOptions = {}): Promise<PeerResult> {
  const program = await buildLonghornPeer();
  const child = spawn(program, args, { env: { ...process.env, ...options.env }, signal: options.signal });
  const closed = once(child, 'close');
  child.stdin.end(options.stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = (await closed) as [number | null];
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { exitCode, output: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr };
}
