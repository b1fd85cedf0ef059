import { createContext, loadConfiguration, openBackup, openStore, placesOf } from '@hayloft/assembly';
import type { Assembly, BackupPlace, CredentialsPlace } from '@hayloft/assembly';
import type { BackupStore, BlockPipeline, OperationContext } from '@hayloft/engine';
import type { GlobalFlags } from './base-command.ts';
import { catalogue } from './catalogue.ts';
import { createLogger } from './logger.ts';
import { openProgress } from './progress/open-progress.ts';
import type { ProgressView } from './progress/open-progress.ts';
import { createSay } from './say.ts';

export interface StoreFlags {
  /** `--credentials`. */
  readonly credentials?: string | undefined;
  readonly concurrency?: number | undefined;
}

/** What a command works with; disposing it ends the worker threads and the progress line. */
export class Workbench implements AsyncDisposable {
  readonly assembly: Assembly;
  readonly signal: AbortSignal;
  readonly progress: ProgressView;
  #pipeline: (BlockPipeline & AsyncDisposable) | undefined;

  constructor(assembly: Assembly, progress: ProgressView, signal: AbortSignal) {
    this.assembly = assembly;
    this.progress = progress;
    this.signal = signal;
  }

  async openStore(target: string, flags: StoreFlags = {}): Promise<BackupStore> {
    return openStore(target, this.assembly, this.#storeOptions(flags));
  }

  /** The store and the name of a backup that is given as a URL, or as a name in the given target. */
  async openBackup(backup: string, target: string, flags: StoreFlags = {}): Promise<BackupPlace> {
    return openBackup(backup, target, this.assembly, this.#storeOptions(flags));
  }

  /** What the engine's operations take; `store` is the one that is locked or written. */
  async context(store?: BackupStore, concurrency?: number): Promise<OperationContext> {
    this.#pipeline ??= await createPipeline();
    const { signal, progress } = this;
    const onProgress = progress.show;
    return createContext(this.assembly, { signal, pipeline: this.#pipeline, store, concurrency, onProgress });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.progress.stop();
    await this.#pipeline?.[Symbol.asyncDispose]();
  }

  #storeOptions({ credentials, concurrency }: StoreFlags) {
    const place: CredentialsPlace | undefined =
      credentials === undefined ? undefined : { kind: 'file', path: credentials };
    return { signal: this.signal, credentials: place, concurrency };
  }
}

export async function openWorkbench(
  flags: GlobalFlags,
  { signal }: { readonly signal: AbortSignal },
): Promise<Workbench> {
  const progress = await openProgress({ mode: flags['no-progress'] ? 'none' : (flags.progress as 'auto' | 'json') });
  const say = createSay(progress);
  const environment = process.env;
  const places = placesOf(environment);
  const { config: file, disk } = flags;
  const configuration = await loadConfiguration({ file, disk, environment, places, workingDirectory: process.cwd() });
  const logger = createLogger({ verbose: flags.verbose, say });
  return new Workbench({ configuration, catalogue, environment, places, logger, say }, progress, signal);
}

/** Worker threads start only for a command that moves blocks. */
async function createPipeline(): Promise<BlockPipeline & AsyncDisposable> {
  const { createPlainPipeline } = await import('@hayloft/engine/testing');
  const { longhornFormat } = await import('@hayloft/longhorn-format');
  return Object.assign(createPlainPipeline(longhornFormat), { [Symbol.asyncDispose]: async () => {} });
}
