import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';
import { identify, isAlive, stopProcess, type ProcessId } from './processes.ts';
import type { Site } from './server.ts';

const startMsMax = 30_000;
const pollMs = 20;

/** A site, and the processes that a server started on it. */
export interface OpenSite extends Site {
  readonly processes: readonly ProcessId[];
  stop(): Promise<void>;
}

export function openSite(directory: string): OpenSite {
  const processes: ProcessId[] = [];
  const logPath = (program: string): string => join(directory, `${basename(program)}.log`);
  const logs = new Set<string>();

  async function explain(why: string): Promise<Error> {
    const texts = await Promise.all([...logs].map((log) => readFile(log, 'utf8').catch(() => '')));
    return new Error(`${why}\n${texts.join('\n').slice(-4000)}`);
  }

  return {
    directory,
    processes,
    freePort,
    async call(program, args) {
      await promisify(execFile)(await require(program), [...args], { cwd: directory });
    },
    async run(program, args) {
      const log = await open(logPath(program), 'a');
      logs.add(logPath(program));
      // A group of its own: it survives this process and Ctrl-C, and is stopped as a whole.
      const child = spawn(await require(program), args, {
        cwd: directory,
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      await once(child, 'spawn');
      await log.close();
      child.unref();
      processes.push(await identify(child.pid!));
    },
    async untilListening(port) {
      for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += pollMs) {
        if (await accepts(port)) return;
        for (const process of processes) {
          if (!(await isAlive(process))) throw await explain(`a program ended before port ${port} was open`);
        }
        await delay(pollMs);
      }
      throw await explain(`port ${port} is still closed after ${startMsMax / 1000} s`);
    },
    async stop() {
      await Promise.all(processes.map(stopProcess));
    },
  };
}

async function require(program: string): Promise<string> {
  const path = await findProgram(program);
  if (path === undefined) throw new Error(`there is no program "${program}"`);
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
