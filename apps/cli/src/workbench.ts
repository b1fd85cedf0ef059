import { createContext, loadConfiguration, openBackup, openStore, placesOf } from '@hayloft/assembly';
import type { Assembly, BackupPlace, CredentialsPlace, TargetConfiguration } from '@hayloft/assembly';
import type { BackupStore, BlockPipeline, OperationContext } from '@hayloft/engine';
import type { GlobalFlags } from './base-command.ts';
import { catalogue } from './catalogue.ts';
import { appliedTargets } from './manifests/applied-targets.ts';
import { openObjectShelf } from './manifests/object-shelf.ts';
import { createLogger } from './logger.ts';
import { openProgress } from './progress/open-progress.ts';
import type { ProgressView } from './progress/open-progress.ts';
import { createSay } from './say.ts';

export interface StoreFlags {
  /** `--credentials`. */
  readonly credentials?: string | undefined;
  /** Credentials that were found already. */
  readonly place?: CredentialsPlace | undefined;
  readonly concurrency?: number | undefined;
  /** A store in a folder may be a new one. */
  readonly create?: boolean | undefined;
}

/** What a command works with; disposing it ends the worker threads and the progress line. */
export class Workbench implements AsyncDisposable {
  #assembly: Assembly;
  readonly #configured: Assembly['configuration']['targets'];
  readonly signal: AbortSignal;
  readonly progress: ProgressView;
  #pipeline: (BlockPipeline & AsyncDisposable) | undefined;

  constructor(assembly: Assembly, progress: ProgressView, signal: AbortSignal) {
    this.#assembly = assembly;
    this.#configured = assembly.configuration.targets;
    this.progress = progress;
    this.signal = signal;
  }

  get assembly(): Assembly {
    return this.#assembly;
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

  /** Targets that manifests describe; the configuration wins where both name one. */
  setAppliedTargets(applied: readonly TargetConfiguration[]): void {
    const { configuration } = this.#assembly;
    const targets = new Map([...applied.map((target) => [target.name, target] as const), ...this.#configured]);
    this.#assembly = { ...this.#assembly, configuration: { ...configuration, targets } };
  }

  #storeOptions({ credentials, place, concurrency, create }: StoreFlags) {
    const file: CredentialsPlace | undefined =
      credentials === undefined ? undefined : { kind: 'file', path: credentials };
    return { signal: this.signal, credentials: file ?? place, concurrency, create };
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
  const bench = new Workbench({ configuration, catalogue, environment, places, logger, say }, progress, signal);
  bench.setAppliedTargets(await appliedTargets(openObjectShelf(places)));
  return bench;
}

/** Worker threads start only for a command that moves blocks. */
async function createPipeline(): Promise<BlockPipeline & AsyncDisposable> {
  const { createCodecWorkers } = await import('@hayloft/codec-workers');
  return createCodecWorkers();
}
