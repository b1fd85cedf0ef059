import { fdatasync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { untilAborted } from '@hayloft/engine';
import type { BlockMap, CutJob, CutResult, PipelineOptions } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';
import { Crew } from './crew.ts';
import { openCutFiles } from './cut-source.ts';
import type { CutFiles } from './cut-source.ts';
import { DigestTable } from './digest-table.ts';
import { feedExtents } from './feed-extents.ts';
import type { CutTask, OpenedStore, OpenFile, ThreadMessage } from './messages.ts';
import { reportProgress } from './progress.ts';
import type { JobTools } from './job-tools.ts';
import { callsMax, gatesMax, total, word } from './ring-layout.ts';
import type { Ring } from './ring.ts';
import { StoreFinisher } from './store-finisher.ts';

/** How much of a file is made durable at once; an interrupted transfer loses no more. */
const checkpointBytes = 64 * 1024 * 1024;

/** A cut as a ring: see the package's README. */
export async function cut(job: CutJob, options: PipelineOptions, tools: JobTools): Promise<CutResult> {
  options.signal.throwIfAborted();
  if (job.stores.length > gatesMax) throw new RangeError(`a cut serves at most ${gatesMax} stores`);
  using files = await openCutFiles(job);
  using lent = tools.lender.lend({ followers: job.wholeDigest ? 1 : 0, slotCountMin: 0 });
  using crew = new Crew(lent.ring, tools.pool, options.signal);
  const run = new CutRun(job, options, files, lent.ring, crew);
  try {
    options.signal.throwIfAborted();
    using _progress = reportProgress(lent.ring, job.wholeDigest, options.onProgress);
    return await run.toEnd();
  } catch (error) {
    // What failed first is the reason; what failed because of it is not.
    crew.fail(error);
    throw crew.signal.reason;
  } finally {
    await run.settled();
  }
}

class CutRun {
  readonly #crew: Crew;
  readonly #job: CutJob;
  readonly #options: PipelineOptions;
  readonly #files: CutFiles;
  readonly #ring: Ring;
  readonly #digests: DigestTable;
  readonly #finisher: StoreFinisher;
  #bytesRead = 0;
  #checksum: string | undefined;
  #checkpointed: number;
  #checkpointing: Promise<void> | undefined;

  constructor(job: CutJob, options: PipelineOptions, files: CutFiles, ring: Ring, crew: Crew) {
    this.#job = job;
    this.#options = options;
    this.#files = files;
    this.#ring = ring;
    // Each worker may pack one block more while the store calls go on.
    const concurrency = Math.min(options.concurrency, callsMax);
    ring.reset(concurrency + ring.shape.workerCount);
    this.#crew = crew;
    const sizeBytes = files.extentsFrom === undefined ? files.listed.endBytes : job.source.sizeBytes;
    this.#digests = new DigestTable(sizeBytes);
    this.#finisher = new StoreFinisher(job.stores, ring, crew, concurrency);
    this.#checkpointed = job.resumeFrom ?? 0;
  }

  async toEnd(): Promise<CutResult> {
    const crew = this.#crew;
    const { target } = this.#files;
    this.#startThreads();
    const opened = this.#job.stores.map((_, number) => this.#openStore(number));
    const sizeBytes = await this.#feed();
    await Promise.all([crew.ended(), untilAborted(crew.signal, () => Promise.all(opened))]);
    await this.settled();
    crew.signal.throwIfAborted();
    await this.#finisher.syncFolders();
    this.#files.assertUnchanged();
    if (target !== undefined) setLength(target, sizeBytes);
    this.#options.onProgress?.({ doneBytes: sizeBytes, reusedBytes: this.#ring.readTotal(total.reused) });
    return this.#result(sizeBytes);
  }

  /** Resolves when no thread and no call of this job is at work any more. */
  async settled(): Promise<void> {
    await this.#crew.ended();
    await this.#finisher.settled();
    await this.#checkpointing;
  }

  #startThreads(): void {
    const { listed, extentsFrom, target } = this.#files;
    const { shape } = this.#ring;
    if (this.#job.wholeDigest) this.#crew.start({ role: 'roll' }, this.#onMessage);
    const ordinals = extentsFrom === undefined ? listed.windows.byteLength / 4 : Infinity;
    for (let worker = 0; worker < Math.min(shape.workerCount, ordinals); worker++) {
      const task: CutTask = {
        role: 'cut',
        worker,
        listed,
        digests: this.#digests.memory,
        stores: this.#job.stores.map(({ store: { directory }, verifyReused }) => ({
          directory: directory?.writable === true ? directory.path : undefined,
          verifyReused,
        })),
        target,
      };
      this.#crew.start(task, this.#onMessage);
    }
  }

  readonly #onMessage = (message: ThreadMessage): void => {
    if (message.kind === 'put' || message.kind === 'publish') this.#finisher.accept(message);
    else if (message.kind === 'rolled') this.#checksum = message.checksum;
    else if (message.kind === 'cut') {
      this.#bytesRead += message.bytesRead;
      for (const [number, counts] of message.stores.entries()) this.#finisher.add(number, counts);
    }
  };

  /** Opens a store's gate once it is ready; its refusal ends the job. */
  async #openStore(number: number): Promise<void> {
    try {
      const ready = await this.#job.stores[number]!.ready;
      this.#finisher.open(number, ready);
      const message: OpenedStore = { store: number, index: ready.index.memory, method: ready.method };
      this.#crew.tellAll(message);
      this.#ring.post(word.gates + number, 1);
    } catch (error) {
      this.#crew.fail(error);
    }
  }

  /** Fills the ring with what the workers do not read themselves, and returns the image's size. */
  async #feed(): Promise<number> {
    const { listed, extentsFrom } = this.#files;
    const firstOrdinal = listed.windows.byteLength / 4;
    let fed = { sizeBytes: listed.endBytes, end: firstOrdinal };
    if (extentsFrom !== undefined) {
      fed = await feedExtents({
        ring: this.#ring,
        source: this.#job.source,
        firstOrdinal,
        from: extentsFrom,
        digests: this.#digests,
        onPassed: (offset) => this.#pass(offset),
        signal: this.#crew.signal,
      });
    }
    this.#ring.finish(fed.end, fed.sizeBytes);
    return fed.sizeBytes;
  }

  #pass(offset: number): void {
    const { target } = this.#files;
    const { onCheckpoint } = this.#job;
    if (target === undefined || onCheckpoint === undefined || this.#checkpointing !== undefined) return;
    if (offset - this.#checkpointed < checkpointBytes) return;
    this.#checkpointed = offset;
    this.#checkpointing = checkpoint(target, offset, onCheckpoint)
      .catch((error: unknown) => this.#crew.fail(error))
      .finally(() => {
        this.#checkpointing = undefined;
      });
  }

  #result(sizeBytes: number): CutResult {
    const blocks = this.#digests.toBlockMap(sizeBytes);
    return {
      sizeBytes,
      checksum: this.#checksum,
      blocks,
      holes: holesOf(blocks),
      bytesRead: this.#bytesRead,
      stores: this.#finisher.counts,
    };
  }
}

async function checkpoint(
  target: OpenFile,
  offset: number,
  onCheckpoint: (offset: number) => Promise<void>,
): Promise<void> {
  try {
    // Holes at the end are not written; the file must be as long as what is said to be in it. (Nobody else writes here.)
    if (fstatSync(target.fd).size < offset) writeSync(target.fd, new Uint8Array(1), 0, 1, offset - 1);
    await promisify(fdatasync)(target.fd);
  } catch (error) {
    throw fileError(error, `cannot write "${target.name}"`);
  }
  await onCheckpoint(offset);
}

function setLength(target: OpenFile, sizeBytes: number): void {
  try {
    ftruncateSync(target.fd, sizeBytes);
  } catch (error) {
    throw fileError(error, `cannot write "${target.name}"`);
  }
}

function holesOf(blocks: BlockMap): number {
  let holes = 0;
  for (let window = 0; window < blocks.count; window++) if (blocks.isHole(window)) holes++;
  return holes;
}
