import type { CompressionMethod, Secret } from '@hayloft/engine';

/** Where the credentials of a target are. */
export type CredentialsPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly names: readonly string[] }
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, Secret>; readonly from: string }
  /** They are somewhere that cannot be read now. */
  | { readonly kind: 'missing'; readonly why: string; readonly remedy: string };

/** One entry of `targets:`, or an applied BackupTarget. */
export interface TargetConfiguration {
  readonly name: string;
  /** Either a URL, or a plugin with its options. */
  readonly place:
    | { readonly kind: 'url'; readonly url: string }
    | { readonly kind: 'plugin'; readonly plugin: string; readonly options: Readonly<Record<string, unknown>> };
  readonly credentials: CredentialsPlace | undefined;
  readonly mountedAt: string | undefined;
  /** The file and line, or the object, that says so. */
  readonly origin: string;
}

export interface Limits {
  readonly concurrency: number;
  readonly uploadBytesPerSecond: number | undefined;
  readonly downloadBytesPerSecond: number | undefined;
}

export interface Downloads {
  /** May hold a password. */
  readonly proxy: Secret | undefined;
  readonly noProxy: string | undefined;
  readonly cacert: string | undefined;
}

/** What `hayloft.yaml`, the environment and flags come to; paths are absolute. */
export interface Configuration {
  /** The file that was read. */
  readonly file: string | undefined;
  readonly disk: string;
  readonly targets: ReadonlyMap<string, TargetConfiguration>;
  readonly plugins: readonly string[];
  readonly downloads: Downloads;
  readonly compression: CompressionMethod;
  readonly limits: Limits;
  /** Which place each key's value came from; a key that is not here has its default. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Requests in flight to a network store; more gains little over one connection's latency. */
export const concurrencyDefault = 8;
export const compressionDefault: CompressionMethod = 'lz4';
