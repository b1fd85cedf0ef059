import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const sources = join(import.meta.dirname, '../peer');

/** A static program (no C compiler needed) from exactly the modules that go.sum names, with no trace of this folder. */
const goEnvironment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -trimpath -buildvcs=false' };

/**
 * The path of the peer's program. It is built when these sources have not been built on this machine yet, which takes
 * a minute or two and the network. Any number of callers and processes may ask at once.
 */
export async function buildLonghornPeer(): Promise<string> {
  const program = programPath();
  if (!existsSync(program)) built ??= build(program);
  await built;
  return program;
}

let built: Promise<void> | undefined;

/**
 * Why the peer cannot be had here, for a test that then prints `skipped: …`; undefined when it can. With `CI=true`
 * nothing may be skipped, and this throws instead.
 */
export function peerUnavailable(): string | undefined {
  if (existsSync(programPath())) return undefined;
  const listing = spawnSync('go', ['list', '-deps', '.'], { cwd: sources, env: goEnvironment, encoding: 'utf8' });
  if (listing.status === 0) return undefined;
  const why = listing.error?.message ?? listing.stderr.trim().split('\n').at(-1);
  const reason = `Longhorn's library cannot be built with Go here: ${why}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** Other sources have another path, so what stands at a path never has to be built again. */
function programPath(): string {
  const hash = createHash('sha256');
  for (const name of globSync('*.{go,mod,sum}', { cwd: sources }).sort()) {
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(sources, name)))
      .update('\0');
  }
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'hayloft', 'longhorn-peer', hash.digest('hex').slice(0, 16), 'longhorn-peer');
}

/** Builds aside and renames. The lock only spares the machine several builds at a time: the later ones find it cached. */
async function build(program: string): Promise<void> {
  const folder = join(program, '..');
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, `building-${randomUUID()}`);
  const command = ['go', 'build', '-ldflags=-s -w', '-o', aside, '.'];
  await promisify(execFile)('flock', [join(folder, 'lock'), ...command], { cwd: sources, env: goEnvironment });
  renameSync(aside, program);
}
