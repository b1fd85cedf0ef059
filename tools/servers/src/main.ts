import { install } from './install.ts';
import { pin, unpin } from './run-server.ts';
import { isAlive } from './processes.ts';
import type { Server } from './server.ts';
import { serverOfProtocol, servers } from './servers/index.ts';
import { readState } from './state.ts';

const usage = `usage: servers [start] NAME | stop NAME | status | install [NAME]...
servers: ${Object.keys(servers).join(', ')}
or a protocol: ${Object.entries(serverOfProtocol)
  .map(([protocol, name]) => `${protocol} (${name})`)
  .join(', ')}
`;

const all: Readonly<Record<string, Server<unknown>>> = {
  ...servers,
  ...Object.fromEntries(Object.entries(serverOfProtocol).map(([protocol, name]) => [protocol, servers[name]])),
};

/** Resolves to the exit status. */
async function main([verb, ...names]: readonly string[]): Promise<number> {
  if (verb !== undefined && names.length === 0 && Object.hasOwn(all, verb)) return main(['start', verb]);
  const named = names.map((name) => all[name]);
  if (named.includes(undefined)) return refuse();
  const chosen = named as Server<unknown>[];
  const [server] = chosen;
  switch (verb) {
    case 'start':
      if (server === undefined) return refuse();
      return (await installAll([server])) || print(await pin(server));
    case 'stop':
      if (server === undefined) return refuse();
      return print({ stopped: await unpin(server) });
    case 'status':
      return print(await Promise.all(Object.values(servers).map(status)));
    case 'install':
      return installAll(chosen.length > 0 ? chosen : Object.values(servers));
    default:
      return refuse();
  }
}

async function installAll(chosen: readonly Server<unknown>[]): Promise<number> {
  const reason = await install(chosen.flatMap(({ needs }) => needs));
  if (reason === undefined) return 0;
  process.stderr.write(`skipped: ${reason}\n`);
  return process.env['CI'] === 'true' ? 1 : 0;
}

async function status({ name, summary }: Server<unknown>): Promise<unknown> {
  const state = await readState(name);
  if (state === undefined) return { name, summary, running: false };
  const alive = async (ids: ServerIds): Promise<number> => (await Promise.all(ids.map(isAlive))).filter(Boolean).length;
  return {
    name,
    summary,
    running: (await alive(state.processes)) === state.processes.length,
    pinned: state.pinned,
    users: await alive(state.users),
    config: state.config,
  };
}

type ServerIds = readonly Parameters<typeof isAlive>[0][];

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  return 0;
}

function refuse(): number {
  process.stderr.write(usage);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
