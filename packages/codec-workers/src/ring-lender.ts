import { availableParallelism } from 'node:os';
import { ringBytes, slotsMax } from './ring-layout.ts';
import type { RingShape } from './ring-layout.ts';
import { Ring } from './ring.ts';

const pageBytes = 64 * 1024;
/** More threads than this wait for the disk or for memory, whatever the machine. */
const workersMax = 16;

export interface RingNeeds {
  /** Who takes the plain bytes in order, besides the workers: the roller, a stream. */
  readonly followers: number;
  /** Slots at the least, for calls that are to be under way at once. */
  readonly slotCountMin: number;
}

export interface LentRing extends Disposable {
  readonly ring: Ring;
}

/** Makes rings for jobs, and keeps the memory of one for the next job: a store may have hundreds of backups to verify. */
export class RingLender {
  readonly #workerCount: number;
  #idle: WebAssembly.Memory | undefined;

  constructor(workerCount: number | undefined) {
    this.#workerCount = Math.min(workersMax, Math.max(1, workerCount ?? availableParallelism()));
  }

  lend({ followers, slotCountMin }: RingNeeds): LentRing {
    const workerCount = this.#workerCount;
    const shape: RingShape = {
      workerCount,
      slotCount: Math.min(slotsMax, Math.max(slotsFor(workerCount), slotCountMin)),
    };
    const memory = this.#take(ringBytes(shape));
    return {
      ring: new Ring(memory, shape, 1 + followers),
      [Symbol.dispose]: () => {
        this.#idle = memory;
      },
    };
  }

  /** Lets go of the memory that is kept. */
  drop(): void {
    this.#idle = undefined;
  }

  #take(bytes: number): WebAssembly.Memory {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle !== undefined && idle.buffer.byteLength >= bytes) return idle;
    const pages = Math.ceil(bytes / pageBytes);
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  }
}

/** Enough that a worker which waits for the disk holds nobody up; more only costs memory (2 MiB each). */
function slotsFor(workerCount: number): number {
  return 6 + 2 * workerCount;
}
