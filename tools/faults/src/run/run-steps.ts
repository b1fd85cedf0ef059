import { createHash } from 'node:crypto';
import { prune, restore, verify, type BackupStore, type OperationContext } from '@hayloft/engine';
import { steps, type Fault, type Outcome, type Step } from '../fault.ts';
import type { KnownImage } from './images.ts';
import { outcomeOfError, outcomeOfVerify } from './outcomes.ts';
import { backUp, contextFor, dress, type RunTools } from './run-tools.ts';
import type { Place } from './store-under-test.ts';

export interface RunReport {
  readonly outcomes: Readonly<Record<Step, Outcome>>;
  /** What a step failed with, for whoever reads that it did. */
  readonly errors: Readonly<Partial<Record<Step, unknown>>>;
  /** Requests that were struck, in all steps. */
  readonly struck: number;
  /** Images whose backup said that it is done. */
  readonly done: readonly KnownImage[];
}

/** Takes each step while the fault strikes. */
export async function runSteps(place: Place, fault: Fault, tools: RunTools): Promise<RunReport> {
  const done: KnownImage[] = [tools.images.hay];
  const outcomes = {} as Record<Step, Outcome>;
  const errors: Partial<Record<Step, unknown>> = {};
  let struck = 0;
  for (const step of steps) {
    const user = new AbortController();
    // Opening is not a part of the other steps: there is a row of requests for it in `open`.
    const store = step === 'open' ? undefined : await place.open('through', user.signal);
    const striker = place.arm(fault)!;
    if (fault.act.kind === 'stall') striker.onStrike(() => user.abort(new Error('stopped by the user')));
    try {
      outcomes[step] = await takeStep(step, store && dress(store), { place, tools, done, signal: user.signal });
    } catch (error) {
      errors[step] = error;
      outcomes[step] = user.signal.aborted && error === user.signal.reason ? 'stopped' : outcomeOfError(error);
    } finally {
      struck += striker.struck;
      place.arm(undefined);
      await store?.[Symbol.asyncDispose]();
    }
  }
  return { outcomes, errors, struck, done };
}

interface StepTools {
  readonly place: Place;
  readonly tools: RunTools;
  readonly done: KnownImage[];
  readonly signal: AbortSignal;
}

async function takeStep(step: Step, store: BackupStore | undefined, run: StepTools): Promise<Outcome> {
  const { place, tools, done, signal } = run;
  const { hay, straw, chaff } = tools.images;
  const context = contextFor(tools.pipeline, signal);
  if (store === undefined) {
    await using _opened = await place.open('through', signal);
    return 'right';
  }
  switch (step) {
    case 'backup':
    case 'second': {
      const image = step === 'backup' ? straw : chaff;
      await backUp(store, image, context);
      done.push(image);
      return 'right';
    }
    case 'restore':
      return await restoreWhole(store, hay, context);
    case 'verify':
      return outcomeOfVerify(await verify({ store }, context), done);
    default:
      await prune({ store, dryRun: false }, context);
      return 'right';
  }
}

/** A restore that ends well must have given exactly the image's bytes, whatever it says itself. */
async function restoreWhole(store: BackupStore, image: KnownImage, context: OperationContext): Promise<Outcome> {
  const hash = createHash('sha512');
  const write = async (bytes: Uint8Array): Promise<void> => void hash.update(bytes);
  await restore({ store, name: image.name, sink: { kind: 'stream', write }, requireChecksum: true }, context);
  const checksum = hash.digest('hex');
  if (checksum !== image.checksum)
    throw new Error(`a restore of ${image.name} ended well with other bytes: ${checksum}`);
  return 'right';
}
