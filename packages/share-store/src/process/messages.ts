import type { ShareDriver } from './share-driver.ts';

export type ShareVerb = keyof ShareDriver;
type VerbOf<Verb extends ShareVerb> = NonNullable<ShareDriver[Verb]>;
export type ShareArguments<Verb extends ShareVerb> = Parameters<VerbOf<Verb>>;
export type ShareAnswer<Verb extends ShareVerb> =
  VerbOf<Verb> extends (...args: never[]) => Promise<infer Answer> ? Answer : never;

/** What the store asks of the process: first to connect, then any number of calls, answered in any order. */
export type ShareRequest =
  | { readonly id: number; readonly verb: 'connect'; readonly args: readonly [settings: unknown] }
  | { readonly id: number; readonly verb: ShareVerb; readonly args: readonly unknown[] };

export type ShareReply =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: ShareFailure };

/** What connecting answers: what this share can do. */
export interface ShareTraits {
  readonly nameIfAbsent: boolean;
}

/** An error on its way between processes. `code` is an errno's word, or with a remedy an `ErrorCode`. */
export interface ShareFailure {
  readonly message: string;
  readonly code: string | undefined;
  readonly remedy: string | undefined;
}
