import type { ErrorCode } from '@hayloft/engine';

/** What a request is for, whatever the protocol calls it. `upload` carries a blob's bytes; `put` gives a blob its name. */
export type Verb = 'get' | 'put' | 'upload' | 'stat' | 'list' | 'delete' | 'other';

/** Which part of the store a request is about. */
export type Area = 'blocks' | 'configs' | 'locks' | 'other';

/** What a proxy knows of a request: on some protocols one request does two things. */
export interface Purpose {
  readonly verbs: readonly Verb[];
  readonly area: Area;
  /** Of the request's body, or of the message. */
  readonly sizeBytes: number;
}

/** Which requests of a step are struck, counted from the step's begin among those that match. */
export interface Aim {
  /** Any, if not given. */
  readonly verb?: Verb;
  readonly area?: Area;
  /** Only requests that are so long. */
  readonly minBytes?: number;
  /** The first is 1, which is the default. */
  readonly from?: number;
  /** How many in a row; Infinity for a fault that lasts. Default 1. */
  readonly times?: number;
  /** Only every so manieth of them. */
  readonly every?: number;
}

/** What becomes of a request that is struck. */
export type Act =
  /** The connection is closed; the server never hears of the request. */
  | { readonly kind: 'refuse' }
  /** The server does as it is told, and the connection is closed instead of the answer. */
  | { readonly kind: 'swallow' }
  /** The connection is closed in the middle of the answer's body. This and the next two leave refusals as they are. */
  | { readonly kind: 'cut' }
  /** The answer's body is only its first part, and the length given with it fits: nothing looks wrong. */
  | { readonly kind: 'shorten' }
  /** A bit of the answer's body is another. */
  | { readonly kind: 'garble' }
  /** The connections on both sides are closed in the middle of the request's body. */
  | { readonly kind: 'cut-upload' }
  /** The server gets only the first part of the request's body, with a length that fits. */
  | { readonly kind: 'shorten-upload' }
  /** A bit of the request's body is another. */
  | { readonly kind: 'garble-upload' }
  /** The answer comes so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The server never hears of the request, and no answer comes. */
  | { readonly kind: 'stall' }
  /** The server gets the request twice; its second answer is passed on. */
  | { readonly kind: 'repeat-request' }
  /** The answer comes twice, on the same connection. */
  | { readonly kind: 'repeat-answer' }
  /** An answer that the server did not give. `effect`: the server does as it is told all the same. */
  | { readonly kind: 'answer'; readonly answer: MadeUpAnswer; readonly effect?: true }
  /** 200 with an error in the body, in the protocol's own words. */
  | { readonly kind: 'error-in-200' }
  /** A listing in good form, without every second of its entries. */
  | { readonly kind: 'half-listing' }
  /** The listing as it was before the first step. */
  | { readonly kind: 'stale-listing' }
  /** From the first request that is struck on, nothing is passed on for so long. */
  | { readonly kind: 'pause'; readonly ms: number }
  /** One request in so many comes to one of these harms; which ones and how, the seed decides. */
  | { readonly kind: 'one-of'; readonly seed: number; readonly oneIn: number; readonly acts: readonly PlainAct[] };

/** What becomes of one request. */
export type PlainAct = Exclude<Act, { readonly kind: 'one-of' | 'pause' }>;

export interface MadeUpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a run does, in this order; each is struck anew. */
export const steps = ['open', 'backup', 'second', 'restore', 'verify', 'prune'] as const;
export type Step = (typeof steps)[number];

/**
 * How a step ended: `right` (all of it, proven), with an error of that code, `stopped` by its user while it hung, or
 * `fewer`: a listing that is well-formed and wrong was believed, and fewer backups were shown than there are.
 */
export type Outcome = 'right' | 'stopped' | 'fewer' | ErrorCode;

/** One outcome, or several where chance decides among them. */
type Outcomes = Outcome | readonly Outcome[];

/** What must come of a fault: of every step, or of some of them; a step that is not named ends `right`. */
export type Expected = Outcomes | { readonly [step in Step]?: Outcomes };

export interface Fault {
  /** Row of the table. */
  readonly name: string;
  readonly group: string;
  readonly aim: Aim;
  readonly act: Act;
  readonly expected: Expected;
  /** Where it ends otherwise, by the plugin. */
  readonly except?: { readonly [type in PluginType]?: Expected };
  /** Plugins whose protocol has nothing against it: what is stored may be wrong, and `verify` finds it. */
  readonly unnoticedBy?: readonly PluginType[];
}

/** The plugins that have columns in the table. */
export type PluginType = 'file' | 's3' | 'azure' | 'webdav' | 'nfs' | 'cifs';

/** The outcomes that a fault may have in a plugin, by step. */
export function expectedOf(fault: Fault, type: PluginType): Readonly<Record<Step, readonly Outcome[]>> {
  const expected = fault.except?.[type] ?? fault.expected;
  const outcomesOf = (step: Step): readonly Outcome[] => {
    // To open a folder of this machine is no call of a store yet.
    if (type === 'file' && step === 'open') return ['right'];
    const own = isByStep(expected) ? (expected[step] ?? 'right') : expected;
    return [own].flat();
  };
  return Object.fromEntries(steps.map((step) => [step, outcomesOf(step)])) as Record<Step, readonly Outcome[]>;
}

/** The same of every step, to be changed for some. */
export const all = (outcomes: Outcomes): { readonly [step in Step]: Outcomes } =>
  Object.fromEntries(steps.map((step) => [step, outcomes])) as { readonly [step in Step]: Outcomes };

const isByStep = (expected: Expected): expected is Exclude<Expected, Outcomes> =>
  typeof expected === 'object' && !Array.isArray(expected);
