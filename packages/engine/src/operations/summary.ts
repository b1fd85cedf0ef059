import type { BackupConfig } from '../contracts/format.ts';
import type { BackupFormat } from '../contracts/format.ts';
import type { BackupStore } from '../contracts/store.ts';

export type BackupState = 'Completed' | 'InProgress' | 'Error' | 'Unknown';

/** One backup as users see it. */
export interface BackupSummary {
  readonly name: string;
  readonly url: string;
  /** The store's location. */
  readonly target: string;
  readonly state: BackupState;
  readonly sizeBytes: number;
  /** As recorded; '' where nothing is. */
  readonly checksum: string;
  readonly compression: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly completedAt: string;
  readonly secret: string;
  readonly secretNamespace: string;
  readonly blocks: { readonly total: number; readonly unique: number };
  /** Why the state is Unknown. */
  readonly message?: string;
}

export function summarise(config: BackupConfig, store: BackupStore, format: BackupFormat): BackupSummary {
  return {
    name: config.name,
    url: format.backupUrl(store.location, config.name),
    target: store.location,
    state: config.completedAt === '' ? 'InProgress' : 'Completed',
    sizeBytes: config.sizeBytes,
    checksum: config.checksum,
    compression: config.compression,
    labels: config.labels ?? {},
    createdAt: config.createdAt,
    completedAt: config.completedAt,
    secret: config.secret,
    secretNamespace: config.secretNamespace,
    blocks: config.blocks.counts(),
  };
}

/** RFC 3339 in UTC with whole seconds, as Longhorn writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
