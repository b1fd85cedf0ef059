import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, stopProcess } from './processes.ts';
import type { Server } from './server.ts';
import { openSite } from './site.ts';
import { changeState, stateFolder, type ServerState, type ServerUser } from './state.ts';

/** Starts the server unless it runs, and enters this process as a user. */
export async function addUser<Config>(server: Server<Config>): Promise<{ config: Config; user: ServerUser }> {
  const user: ServerUser = { ...(await identify(process.pid)), id: randomUUID() };
  return changeState(server.name, async (before) => {
    const state = await running(server, before);
    return {
      state: { ...state, users: [...state.users, user] },
      result: { config: state.config as Config, user },
    };
  });
}

/** Takes a user out, and stops the server if that was the last one. */
export async function removeUser(server: Server<unknown>, user: ServerUser): Promise<void> {
  await changeState(server.name, async (before) => {
    const state = before && { ...before, users: before.users.filter(({ id }) => id !== user.id) };
    return { state: await stopIfUnused(state), result: undefined };
  });
}

/** Starts the server unless it runs, and has it run on without users. */
export async function pin(server: Server<unknown>): Promise<unknown> {
  return changeState(server.name, async (before) => {
    const state = { ...(await running(server, before)), pinned: true };
    return { state, result: state.config };
  });
}

/** Takes the pin out. True if the server stopped, false if somebody still uses it. */
export async function unpin(server: Server<unknown>): Promise<boolean> {
  return changeState(server.name, async (before) => {
    const state = await stopIfUnused(before && { ...before, pinned: false });
    return { state, result: state === undefined };
  });
}

async function running(server: Server<unknown>, before: ServerState | undefined): Promise<ServerState> {
  if (before !== undefined) {
    if (await allAlive(before)) return { ...before, users: await livingUsers(before) };
    await stop(before); // half of it died: the rest must not stay
  }
  const site = openSite(await mkdtemp(join(stateFolder(), `${server.name}-`)));
  try {
    const config = await server.start(site);
    return { directory: site.directory, config, processes: site.processes, users: [], pinned: false };
  } catch (error) {
    await site.stop();
    await rm(site.directory, { recursive: true, force: true });
    throw error;
  }
}

async function stopIfUnused(state: ServerState | undefined): Promise<ServerState | undefined> {
  if (state === undefined) return undefined;
  const users = await livingUsers(state);
  if (state.pinned || users.length > 0) return { ...state, users };
  await stop(state);
  return undefined;
}

async function stop({ processes, directory }: ServerState): Promise<void> {
  await Promise.all(processes.map(stopProcess));
  await rm(directory, { recursive: true, force: true });
}

async function allAlive({ processes }: ServerState): Promise<boolean> {
  return (await Promise.all(processes.map(isAlive))).every(Boolean);
}

/** A user that was killed cannot sign out; what counts is whether its process lives. */
async function livingUsers({ users }: ServerState): Promise<readonly ServerUser[]> {
  const alive = await Promise.all(users.map(isAlive));
  return users.filter((_, index) => alive[index]);
}
