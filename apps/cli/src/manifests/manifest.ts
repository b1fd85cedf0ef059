import type { z } from 'zod';
import type { Kind, manifestSchemas } from './manifest-schemas.ts';

interface About<K extends Kind> {
  readonly kind: K;
  readonly name: string;
  readonly namespace: string;
  /** File and line, for messages. */
  readonly origin: string;
}

type SpecOf<K extends 'BackingImage' | 'BackupBackingImage' | 'BackupTarget'> = z.infer<
  (typeof manifestSchemas)[K]
>['spec'];

export interface BackingImage extends About<'BackingImage'> {
  readonly spec: SpecOf<'BackingImage'>;
}
export interface BackupBackingImage extends About<'BackupBackingImage'> {
  readonly spec: SpecOf<'BackupBackingImage'>;
}
export interface BackupTarget extends About<'BackupTarget'> {
  readonly spec: SpecOf<'BackupTarget'>;
}
export interface SecretManifest extends About<'Secret'> {
  /** Decoded; `stringData` over `data`, as the API server merges them. */
  readonly values: Readonly<Record<string, string>>;
}
export type StorageClass = About<'StorageClass'>;

/** One object of a manifest, checked against its schema. */
export type Manifest = BackingImage | BackupBackingImage | BackupTarget | SecretManifest | StorageClass;

/** Objects without one are in Longhorn's. */
export const defaultNamespace = 'longhorn-system';

/** `BackingImage parrot`, for messages. */
export const nameOf = ({ kind, name }: About<Kind>): string => `${kind} ${name}`;

/** The image that a BackupBackingImage is of: the manifests of Longhorn 1.6 have it in the object's name only. */
export const imageOf = ({ name, spec }: BackupBackingImage): string => spec.backingImage ?? name;

/** The target it goes to. */
export const targetOf = ({ spec }: BackupBackingImage): string => spec.backupTargetName || 'default';
