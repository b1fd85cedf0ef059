import { z } from 'zod';

/** Keys that the API server fills in: a manifest that was read from a cluster has them, and they mean nothing here. */
const serverKeys = {
  creationTimestamp: z.unknown(),
  deletionGracePeriodSeconds: z.unknown(),
  deletionTimestamp: z.unknown(),
  finalizers: z.unknown(),
  generation: z.unknown(),
  managedFields: z.unknown(),
  ownerReferences: z.unknown(),
  resourceVersion: z.unknown(),
  selfLink: z.unknown(),
  uid: z.unknown(),
};

/** A number or `true` without quotes is no text, for Kubernetes neither. */
const text = z.string({
  error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a text: put it in quotes'),
});
const texts = z.record(z.string(), text);

const metadata = z.strictObject({
  name: text,
  namespace: text.optional(),
  labels: texts.nullable().optional(),
  annotations: texts.nullable().optional(),
  ...z.strictObject(serverKeys).partial().shape,
});

const longhorn = { apiVersion: z.literal('longhorn.io/v1beta2'), metadata, status: z.unknown().optional() };

const backingImage = z.strictObject({
  ...longhorn,
  kind: z.literal('BackingImage'),
  spec: z.strictObject({
    sourceType: z.enum(['download', 'upload', 'export-from-volume', 'restore', 'clone']),
    sourceParameters: texts.nullable().optional(),
    checksum: text.optional(),
    secret: text.optional(),
    secretNamespace: text.optional(),
    minNumberOfCopies: z.number().int().optional(),
    diskSelector: z.array(text).nullable().optional(),
    nodeSelector: z.array(text).nullable().optional(),
    dataEngine: text.optional(),
    disks: z.unknown().optional(),
    diskFileSpecMap: z.unknown().optional(),
  }),
});

const backupBackingImage = z.strictObject({
  ...longhorn,
  kind: z.literal('BackupBackingImage'),
  spec: z.strictObject({
    userCreated: z.boolean(),
    backingImage: text.optional(),
    backupTargetName: text.nullable().optional(),
    labels: texts.nullable().optional(),
    syncRequestedAt: z.unknown().optional(),
  }),
});

const backupTarget = z.strictObject({
  ...longhorn,
  kind: z.literal('BackupTarget'),
  spec: z.strictObject({
    backupTargetURL: text.optional(),
    credentialSecret: text.optional(),
    pollInterval: text.optional(),
    syncRequestedAt: z.unknown().optional(),
  }),
});

const secret = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata,
  type: text.optional(),
  immutable: z.boolean().optional(),
  data: texts.nullable().optional(),
  stringData: texts.nullable().optional(),
});

/** Says how volumes are made from an image; there are no volumes here. */
const storageClass = z.looseObject({
  apiVersion: z.literal('storage.k8s.io/v1'),
  kind: z.literal('StorageClass'),
  metadata,
});

/** What a manifest may hold, by kind. */
export const manifestSchemas = {
  BackingImage: backingImage,
  BackupBackingImage: backupBackingImage,
  BackupTarget: backupTarget,
  Secret: secret,
  StorageClass: storageClass,
};

export type Kind = keyof typeof manifestSchemas;
