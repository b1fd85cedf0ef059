import { findProgram } from './programs.ts';
import { addUser, removeUser } from './run-server.ts';
import type { Need, Server } from './server.ts';
import { lockNeed } from './with-file-lock.ts';
import { servers, type Servers } from './servers/index.ts';

/** What a client needs to know of the server of that name. */
export type ConfigOf<Name extends keyof Servers> = Servers[Name] extends Server<infer Config> ? Config : never;

/** A server in use; disposing signs out, and the last one to do so stops it. */
export interface UsedServer<Config> extends AsyncDisposable {
  readonly config: Config;
}

/** A running server, shared with every other process that uses it now. Rejects if it cannot be started. */
export async function useServer<Name extends keyof Servers>(name: Name): Promise<UsedServer<ConfigOf<Name>>> {
  const server = servers[name] as unknown as Server<ConfigOf<Name>>;
  const { config, user } = await addUser(server);
  return { config, [Symbol.asyncDispose]: () => removeUser(server, user) };
}

/**
 * Whether this machine has the programs of these servers, so that tests know what to skip: prints `skipped: …` if not.
 * With `CI=true` nothing may be skipped, and a missing program is an error.
 */
export async function hasServers(...names: (keyof Servers)[]): Promise<boolean> {
  const missing: string[] = [];
  for (const need of [lockNeed, ...names.flatMap((each): readonly Need[] => servers[each].needs)]) {
    if ((await findProgram(need.program)) !== undefined) continue;
    missing.push(`${need.program} (${need.install === undefined ? 'Debian package ' : ''}${need.package})`);
  }
  const reason =
    missing.length > 0
      ? `${names.join(', ')} cannot run without ${missing.join(', ')}`
      : await firstObstacle(names.map((name): Server<unknown> => servers[name]));
  if (reason === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  return false;
}

async function firstObstacle(needed: readonly Server<unknown>[]): Promise<string | undefined> {
  for (const { name, obstacle } of needed) {
    const reason = await obstacle?.();
    if (reason !== undefined) return `${name} cannot run: ${reason}`;
  }
  return undefined;
}
