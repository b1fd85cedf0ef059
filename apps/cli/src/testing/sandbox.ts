import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
  /** Standard output as JSON. */
  readonly json: Record<string, never>;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A home of its own for hayloft, in a temporary folder that goes with it. */
export class Sandbox implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'hayloft-cli-'));
  readonly launcher: string = fileURLToPath(new URL('../../bin/hayloft', import.meta.url));
  readonly disk: string = this.path('data/hayloft/disk');
  readonly store: string = this.path('data/hayloft/store');

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Writes a file and gives its path. */
  write(name: string, content: string | Uint8Array): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Nothing is inherited but the path. */
  get environment(): Record<string, string | undefined> {
    return {
      PATH: process.env['PATH'],
      HOME: this.folder,
      XDG_DATA_HOME: this.path('data'),
      XDG_STATE_HOME: this.path('state'),
      XDG_CONFIG_HOME: this.path('config'),
      NODE_COMPILE_CACHE: join(tmpdir(), 'hayloft-cli-compile-cache'),
    };
  }

  /** Starts `hayloft ARGS` as a user would: by the launcher, on real files. */
  start(args: readonly string[], { env = {} }: RunOptions = {}): ChildProcessWithoutNullStreams {
    return spawn(this.launcher, args, { cwd: this.folder, env: { ...this.environment, ...env } });
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.start(args, options);
    child.stdin.on('error', () => {}); // a command that fails early does not read it
    child.stdin.end(options.input);
    return await ended(child);
  }

  /** Runs with `--json` and gives the object, which must be a success. */
  async json<Result = Record<string, unknown>>(...args: readonly string[]): Promise<Result> {
    const { status, stdout, stderr } = await this.run([...args, '--json']);
    if (status !== 0) throw new Error(`hayloft ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as Result;
  }

  /** Every file below with a digest of its bytes, but for this user's own memory. */
  tree(): Record<string, string> {
    const found: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const entry of readdirSync(this.path(folder), { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) walk(path);
        else found[path] = digestOf(this.path(path));
      }
    };
    walk('');
    return found;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const status = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  const bytes = Buffer.concat(out);
  const [stdout, stderr] = [bytes.toString('utf8'), Buffer.concat(err).toString('utf8')];
  return {
    status,
    stdout,
    stderr,
    bytes,
    get json() {
      return JSON.parse(stdout) as Record<string, never>;
    },
  };
}

const digestOf = (path: string): string =>
  statSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'no file';

/** Bytes that look random and are the same in each run. */
export function bytesOf(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < length; at += 64) parts.push(createHash('sha512').update(`${seed} ${at}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

export const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex');
