import { seededRandom } from '@hayloft/engine/testing';
import type { SeededRandom } from '@hayloft/engine/testing';
import type { Aim, Fault, PlainAct, Purpose } from './fault.ts';

/** Decides which requests a fault strikes, and counts them. */
export class Striker {
  readonly #fault: Fault;
  readonly #random: SeededRandom;
  #seen = 0;
  #struck = 0;
  #pausedUntilMs: number | undefined;
  readonly #watchers: (() => void)[] = [];

  constructor(fault: Fault) {
    this.#fault = fault;
    this.#random = seededRandom(fault.act.kind === 'one-of' ? fault.act.seed : 0);
  }

  get struck(): number {
    return this.#struck;
  }

  /** What becomes of the next request, if anything does. */
  next(purpose: Purpose): PlainAct | undefined {
    const { aim, act } = this.#fault;
    if (!matches(aim, purpose)) return undefined;
    const number = ++this.#seen;
    const { from = 1, times = 1, every = 1 } = aim;
    if (number < from || number >= from + times * every || (number - from) % every !== 0) return undefined;
    if (act.kind === 'one-of' && !this.#random.chance(1 / act.oneIn)) return undefined;
    this.#struck++;
    for (const watcher of this.#watchers) watcher();
    if (act.kind === 'one-of') return this.#random.pick(act.acts);
    if (act.kind !== 'pause') return act;
    this.#pausedUntilMs ??= performance.now() + act.ms;
    return { kind: 'delay', ms: Math.max(0, this.#pausedUntilMs - performance.now()) };
  }

  onStrike(watcher: () => void): void {
    this.#watchers.push(watcher);
  }
}

function matches({ verb, area, minBytes = 0 }: Aim, { verbs, area: of, sizeBytes }: Purpose): boolean {
  return (verb === undefined || verbs.includes(verb)) && (area ?? of) === of && sizeBytes >= minBytes;
}
