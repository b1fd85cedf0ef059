import type { CallOptions } from '../contracts/store.ts';

/** At most so many pieces of work at once; the others wait in line, and leave it when their signal aborts. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    if (!(Number.isInteger(count) && count >= 1)) throw new RangeError(`${count} is no number of slots`);
    this.#free = count;
  }

  async run<Result>(work: () => Promise<Result>, options: CallOptions): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await this.#queue(options);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next(); // hands its slot on
    }
  }

  #queue({ signal }: CallOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        // Whatever the reason is, the contract is to reject with it.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}
