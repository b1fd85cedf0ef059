import { closeSync, ftruncateSync, openSync } from 'node:fs';
import type { JoinJob, JoinResult, PipelineOptions } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';
import { blockSizeBytes } from '@hayloft/longhorn-format';
import { Crew } from './crew.ts';
import { fetchBlocks } from './fetch-blocks.ts';
import { readUpTo, writeFully } from './file-bytes.ts';
import type { JoinTask, OpenFile, ThreadMessage } from './messages.ts';
import { reportProgress } from './progress.ts';
import type { JobTools } from './job-tools.ts';
import { callsMax, slotsMax } from './ring-layout.ts';
import type { Ring } from './ring.ts';
import { dataWindows } from './sparse.ts';
import { streamBlocks } from './stream-blocks.ts';
import { startWriteBack } from './write-back.ts';
import { isZero, zeroBlock } from './zeros.ts';

/** A join as a ring: see the package's README. */
export async function join(job: JoinJob, options: PipelineOptions, tools: JobTools): Promise<JoinResult> {
  options.signal.throwIfAborted();
  const concurrency = Math.min(options.concurrency, callsMax);
  const followers = (job.wholeDigest ? 1 : 0) + (job.sink.kind === 'stream' ? 1 : 0);
  const slotCountMin = job.store.directory === undefined ? Math.min(concurrency + 4, slotsMax) : 0;
  using target = openTarget(job);
  using lent = tools.lender.lend({ followers, slotCountMin });
  using crew = new Crew(lent.ring, tools.pool, options.signal);
  const writeBack = startWriteBack(lent.ring, crew, target.file);
  const run = new JoinRun({ ...job, target: target.file }, { ...options, concurrency }, lent.ring, crew);
  try {
    options.signal.throwIfAborted();
    using _progress = reportProgress(lent.ring, job.wholeDigest, options.onProgress);
    const result = await run.toEnd();
    await writeBack.stop();
    crew.signal.throwIfAborted();
    return result;
  } catch (error) {
    // What failed first is the reason; what failed because of it is not.
    crew.fail(error);
    throw crew.signal.reason;
  } finally {
    await writeBack.stop();
    await run.settled();
  }
}

/** A job whose file, if it has one, is open. */
type TargetedJob = JoinJob & { readonly target: OpenFile | undefined };

class JoinRun {
  readonly #job: TargetedJob;
  readonly #options: PipelineOptions;
  readonly #ring: Ring;
  readonly #crew: Crew;
  /** Windows whose blocks are wanted, by ordinal; in memory that the workers see. */
  readonly #windows: Uint32Array;
  readonly #subject: string;
  #bytesFetched = 0;
  #checksum: string | undefined;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(job: TargetedJob, options: PipelineOptions, ring: Ring, crew: Crew) {
    this.#job = job;
    this.#options = options;
    this.#ring = ring;
    this.#crew = crew;
    this.#windows = wantedWindows(job);
    this.#subject = `"${job.config.name}" in ${job.store.location}`;
    ring.reset(0);
  }

  async toEnd(): Promise<JoinResult> {
    const { sizeBytes } = this.#job.config;
    if (this.#job.target !== undefined) await this.#prepareTarget(this.#job.target);
    this.#ring.finish(this.#windows.length, sizeBytes);
    this.#startThreads();
    const flows = [this.#fetch(), this.#stream()].map((flow) => flow.catch((error: unknown) => this.#crew.fail(error)));
    this.#underWay = Promise.all(flows);
    await this.settled();
    this.#crew.signal.throwIfAborted();
    this.#options.onProgress?.({ doneBytes: sizeBytes, reusedBytes: 0 });
    return { checksum: this.#checksum, bytesFetched: this.#bytesFetched };
  }

  /** Resolves when no thread and no call of this job is at work any more. */
  async settled(): Promise<void> {
    await this.#crew.ended();
    await this.#underWay;
  }

  #startThreads(): void {
    const { config, store, sink, target, wholeDigest, onProblem } = this.#job;
    if (wholeDigest) this.#crew.start({ role: 'roll' }, this.#onMessage);
    const digests = inSharedMemory(config.blocks.table);
    for (let worker = 0; worker < Math.min(this.#ring.shape.workerCount, this.#windows.length); worker++) {
      const task: JoinTask = {
        role: 'join',
        worker,
        windows: this.#windows.buffer as SharedArrayBuffer,
        digests,
        sizeBytes: config.sizeBytes,
        method: config.compression,
        directory: store.directory?.path,
        subject: this.#subject,
        target,
        resume: isResumed(this.#job),
        hasFollowers: wholeDigest || sink.kind === 'stream',
        reportProblems: onProblem !== undefined,
      };
      this.#crew.start(task, this.#onMessage);
    }
  }

  readonly #onMessage = (message: ThreadMessage): void => {
    if (message.kind === 'problem') this.#job.onProblem!(message.problem);
    else if (message.kind === 'rolled') this.#checksum = message.checksum;
    else if (message.kind === 'joined') this.#bytesFetched += message.bytesFetched;
  };

  async #fetch(): Promise<void> {
    const { store, config, target, onProblem } = this.#job;
    if (store.directory !== undefined) return;
    this.#bytesFetched += await fetchBlocks({
      ring: this.#ring,
      crew: this.#crew,
      store,
      blocks: config.blocks,
      windows: this.#windows,
      subject: this.#subject,
      resumed: isResumed(this.#job) ? target : undefined,
      onProblem,
      concurrency: this.#options.concurrency,
    });
  }

  async #stream(): Promise<void> {
    const { sink, config } = this.#job;
    if (sink.kind !== 'stream') return;
    await streamBlocks({
      ring: this.#ring,
      end: this.#windows.length,
      sizeBytes: config.sizeBytes,
      write: sink.write,
      signal: this.#crew.signal,
    });
  }

  /** Gives the file its length, and makes zero what a run before left where the image has holes. */
  async #prepareTarget(target: OpenFile): Promise<void> {
    const { config } = this.#job;
    try {
      if (!isResumed(this.#job)) ftruncateSync(target.fd, 0);
      ftruncateSync(target.fd, config.sizeBytes);
    } catch (error) {
      throw fileError(error, `cannot write "${target.name}"`);
    }
    if (!isResumed(this.#job)) return;
    const bytes = new Uint8Array(blockSizeBytes);
    for (const index of await dataWindows(target.fd, config.sizeBytes, blockSizeBytes)) {
      if (!config.blocks.isHole(index)) continue;
      this.#crew.signal.throwIfAborted();
      const offset = index * blockSizeBytes;
      const length = readUpTo(target, bytes.subarray(0, config.blocks.lengthAt(index)), offset);
      if (!isZero(bytes.subarray(0, length))) writeFully(target, zeroBlock.subarray(0, length), offset);
    }
  }
}

function isResumed({ sink }: JoinJob): boolean {
  return sink.kind === 'file' && sink.resume === true;
}

function openTarget({ sink }: JoinJob): { readonly file: OpenFile | undefined } & Disposable {
  if (sink.kind !== 'file') return { file: undefined, [Symbol.dispose]: () => {} };
  try {
    const fd = openSync(sink.path, 'r+');
    return { file: { fd, name: sink.path }, [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    throw fileError(error, `cannot open "${sink.path}"`);
  }
}

function wantedWindows({ config: { blocks }, only }: JoinJob): Uint32Array {
  const wanted: number[] = [];
  for (let index = 0; index < blocks.count; index++) {
    if (!blocks.isHole(index) && only?.(index) !== false) wanted.push(index);
  }
  const windows = new Uint32Array(new SharedArrayBuffer(wanted.length * 4));
  windows.set(wanted);
  return windows;
}

function inSharedMemory(bytes: Uint8Array): SharedArrayBuffer {
  if (bytes.buffer instanceof SharedArrayBuffer && bytes.byteOffset === 0) return bytes.buffer;
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}
