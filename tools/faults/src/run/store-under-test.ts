import type { BackupStore } from '@hayloft/engine';
import type { Servers } from '@hayloft/tool-servers';
import type { Fault, PluginType } from '../fault.ts';
import type { Striker } from '../striker.ts';

/** A column of the table: a plugin with a real server behind it. */
export interface StoreUnderTest {
  /** Of the column: `s3: Versity`. */
  readonly name: string;
  readonly type: PluginType;
  /** What `tools/servers` must be able to start. */
  readonly servers: readonly (keyof Servers)[];
  /** Whether a fault can be made there; what cannot is `n/a`. */
  makes(fault: Fault): boolean;
  /** For the second server of a plugin: whether a fault never gets to the server, so that the column before tells it. */
  skips?(fault: Fault): boolean;
  /** Rejects if the server cannot be started. */
  start(): Promise<StartedStore>;
}

export interface StartedStore extends AsyncDisposable {
  /** A new and empty store on that server, with a faulty network of its own. */
  makePlace(name: string): Promise<Place>;
}

export interface Place extends AsyncDisposable {
  /** From now on the network strikes as the fault says, counted anew; undefined ends it. */
  arm(fault: Fault | undefined): Striker | undefined;
  /** What stale listings show from now on: each as it was last. */
  rememberListings(): void;
  /** Opens the store through the faulty network, or around it. */
  open(way: 'through' | 'around', signal: AbortSignal): Promise<BackupStore>;
  /** Where Longhorn's own library finds the very same bytes. */
  readonly longhorn: { readonly url: string; readonly env: Readonly<Record<string, string>> };
}
