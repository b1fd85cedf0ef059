import type { CallOptions, BackupStore } from './store.ts';
import type { ImageSource } from './source.ts';
import type { Logger } from './context.ts';

/** The version of these contracts. A plugin states the one it was written for; the assembly refuses any other. */
export const pluginContract = 1;

/** A value that must not be shown: it prints, logs and serialises as `[secret]`. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** Turns untrusted options into `Options` or throws a sentence. A zod object is one as it stands. */
export interface OptionsSchema<Options> {
  parse(value: unknown): Options;
}

/** What a plugin may reach while opening. It gets nothing else: no globals, no environment. */
export interface PluginContext extends CallOptions {
  readonly logger: Logger;
  /** Credential keys as Longhorn names them (`AWS_ACCESS_KEY_ID`), only those of this very target. */
  readonly credentials: ReadonlyMap<string, Secret>;
}

interface PluginBase<Kind extends string, Options, Opened> {
  readonly contract: typeof pluginContract;
  readonly kind: Kind;
  /** The word that selects it: a store's URL scheme or `plugin:`, a source's `sourceType`. */
  readonly type: string;
  /** One line for `hayloft plugins`. */
  readonly summary: string;
  readonly options: OptionsSchema<Options>;
  /** Connects without writing: opening has no effect that a second process could see. */
  open(options: Options, context: PluginContext): Promise<Opened>;
}

export interface StorePlugin<Options = unknown> extends PluginBase<'store', Options, BackupStore> {
  /** URL schemes of targets that this plugin opens, with the options it makes of a parsed target. */
  readonly schemes?: Readonly<Record<string, (target: TargetAddress) => unknown>>;
  /**
   * YAML to paste, which `hayloft plugins` shows: `targets:` with an entry that selects this plugin, and comments that
   * name its options and credential keys.
   */
  readonly example?: string;
}
export type SourcePlugin<Options = unknown> = PluginBase<'source', Options, ImageSource>;
export type Plugin = StorePlugin | SourcePlugin;

/** A target URL taken apart by the rules of Longhorn's library, which are not WHATWG's. */
export interface TargetAddress {
  readonly scheme: string;
  /** What stands before `@`: bucket, container. '' for none. */
  readonly user: string;
  /** As written, with a trailing colon where NFS has one. */
  readonly host: string;
  /** Decoded; starts with `/`. */
  readonly path: string;
  /** Values by key, in order. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** What `targets:` says beside the URL, `mountedAt` for instance. */
  readonly mountedAt?: string | undefined;
}
