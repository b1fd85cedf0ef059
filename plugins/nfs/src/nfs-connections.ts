import { randomUUID } from 'node:crypto';
import type { LibNfs, NfsContext } from './libnfs.ts';
import { isAnswer, nfsError } from './nfs-error.ts';
import type { NfsSettings } from './nfs-settings.ts';

/** As many as libuv has threads here: each call of libnfs blocks one. */
const connectionsMax = 16;

/** Connections to one export: libnfs takes one call at a time on each, so that calls at once need several. */
export class NfsConnections {
  readonly #library: LibNfs;
  readonly #settings: NfsSettings & { readonly address: string; readonly version: 3 | 4 };
  readonly #idle: NfsContext[] = [];
  readonly #waiting: (() => void)[] = [];
  #count = 0;

  constructor(library: LibNfs, settings: NfsSettings & { readonly address: string; readonly version: 3 | 4 }) {
    this.#library = library;
    this.#settings = settings;
  }

  /** Lends a connection to `work`. One on which something else failed than the server's answer is not used again. */
  async use<Result>(work: (context: NfsContext) => Promise<Result>): Promise<Result> {
    if (this.#count === connectionsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#count++;
    let context: NfsContext | undefined;
    try {
      context = this.#idle.pop() ?? (await this.#connect());
      const result = await work(context);
      this.#idle.push(context);
      return result;
    } catch (error) {
      if (context !== undefined && isAnswer(error)) this.#idle.push(context);
      else if (context !== undefined) this.#library.destroy(context);
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#count--;
      else next(); // hands its place on
    }
  }

  async #connect(): Promise<NfsContext> {
    const { address, path, version, port, mountPort, timeoutMs } = this.#settings;
    const library = this.#library;
    const context = library.newContext();
    if (context === null) throw nfsError(-1, 'libnfs has no memory for a connection');
    try {
      const options = [
        `version=${version}`,
        ...(port === undefined ? [] : [`nfsport=${port}`]),
        ...(mountPort === undefined ? [] : [`mountport=${mountPort}`]),
      ];
      if (!library.configure(context, `nfs://host/path?${options.join('&')}`)) {
        throw nfsError(-1, library.error(context));
      }
      library.setTimeout(context, timeoutMs);
      library.setReconnects(context, 0);
      library.setCachesFolders(context, 0);
      // A server takes two clients of one name for the same one, and forgets the first.
      if (version === 4) library.setClientName(context, `hayloft-${randomUUID()}`);
      const status = await library.mount(context, address, path);
      if (status < 0) throw nfsError(status, library.error(context));
      return context;
    } catch (error) {
      library.destroy(context);
      throw error;
    }
  }
}
