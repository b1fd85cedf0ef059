import { isDeepStrictEqual } from 'node:util';
import { suggestion } from '@hayloft/assembly';
import { BackupError } from '@hayloft/engine';
import { parseBackupUrl, parseTargetUrl } from '@hayloft/longhorn-format';
import { labelFault } from '../labels.ts';
import { imageOf, nameOf, targetOf } from './manifest.ts';
import type { BackingImage, BackupBackingImage, BackupTarget, Manifest, SecretManifest } from './manifest.ts';

/**
 * Longhorn's admission rules for new objects, in its order and words, before anything is done. Two differ: addresses of
 * this machine are allowed, and parameters that nobody reads are refused. Gives the objects, one that is there twice once.
 */
export function admit(manifests: readonly Manifest[]): readonly Manifest[] {
  const seen = new Map<string, Manifest>();
  return manifests.filter((manifest) => {
    const fault = faultOf(manifest);
    if (fault !== undefined) throw refused(manifest, fault);
    const own = `${manifest.kind}/${manifest.namespace}/${manifest.name}`;
    const same = seen.get(own);
    if (same !== undefined && isEqual(same, manifest)) return false;
    for (const key of [own, ...sharedKeys(manifest)]) {
      const other = seen.get(key);
      if (other !== undefined && clash(manifest, other)) throw refused(manifest, twice(manifest, other));
      seen.set(key, manifest);
    }
    return true;
  });
}

/** Why this object alone would be refused. */
export function faultOf(manifest: Manifest): string | undefined {
  switch (manifest.kind) {
    case 'BackingImage':
      return backingImageFault(manifest);
    case 'BackupBackingImage':
      return backupFault(manifest);
    case 'BackupTarget':
      return targetFault(manifest);
    case 'Secret':
      return secretFault(manifest);
    case 'StorageClass':
      return undefined;
  }
}

const namePattern = /^[a-z0-9][a-z0-9_.-]+$/;

function backingImageFault({ name, spec }: BackingImage): string | undefined {
  const checksum = spec.checksum?.trim() ?? '';
  const { dataEngine = 'v1', minNumberOfCopies: copies = 1 } = spec;
  if (dataEngine === 'v2') return 'v2 backing image is not supported';
  if (dataEngine !== 'v1') return `data engine "${dataEngine}" is not supported`;
  if (!namePattern.test(name)) return `invalid name ${name}`;
  if (!/^([a-f0-9]{128})?$/.test(checksum)) return `invalid checksum ${checksum}`;
  if (copies < 1) return `minimum number of backing image copies ${copies} must larger than 0`;
  return parametersFault(spec.sourceType, trimmed(spec.sourceParameters ?? {}));
}

const parameterKeys: Readonly<Record<BackingImage['spec']['sourceType'], readonly string[]>> = {
  download: ['url'],
  upload: [],
  'export-from-volume': ['volume-name', 'export-type'],
  restore: ['backup-url', 'concurrent-limit', 'backup-target-name'],
  clone: ['backing-image', 'encryption', 'secret', 'secret-namespace'],
};

function parametersFault(
  sourceType: BackingImage['spec']['sourceType'],
  parameters: Readonly<Record<string, string>>,
): string | undefined {
  const known = parameterKeys[sourceType];
  const unknown = Object.keys(parameters).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const hint = known.length === 0 ? 'It takes none.' : suggestion(unknown, known);
    return `source type ${sourceType} has no parameter "${unknown}". ${hint}`;
  }
  if (sourceType === 'download') return urlFault(parameters['url'] ?? '');
  if (sourceType === 'clone') return cloneFault(parameters);
  return sourceType === 'restore' ? restoreFault(parameters) : undefined;
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'download URL is not provided';
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined && !url.startsWith('/')) return 'invalid download URL: invalid URI for request';
  if (scheme !== 'http' && scheme !== 'https') return `invalid download URL scheme "${scheme ?? ''}"`;
  return URL.canParse(url) ? undefined : 'invalid download URL: it cannot be parsed';
}

function cloneFault(parameters: Readonly<Record<string, string>>): string | undefined {
  const shown = Object.entries(parameters)
    .sort()
    .map(([key, value]) => `${key}:${value}`);
  if ((parameters['backing-image'] ?? '') === '')
    return `invalid parameter map[${shown.join(' ')}] for source type clone`;
  const encryption = parameters['encryption'] || 'ignore';
  if (!['ignore', 'encrypt', 'decrypt'].includes(encryption)) return `encryption ${encryption} is not supported`;
  const hasSecret = Boolean(parameters['secret']) && Boolean(parameters['secret-namespace']);
  if (encryption !== 'ignore' && !hasSecret)
    return 'secret is not provided for encryption or decryption during cloning';
  return undefined;
}

function restoreFault(parameters: Readonly<Record<string, string>>): string | undefined {
  const limit = parameters['concurrent-limit'];
  if (limit !== undefined && !/^[1-9][0-9]{0,2}$/.test(limit)) return `invalid concurrent-limit ${limit}: 1 to 999`;
  const url = parameters['backup-url'] ?? '';
  return url === '' ? 'backup URL is not provided' : faultIn(() => parseBackupUrl(url));
}

function backupFault(backup: BackupBackingImage): string | undefined {
  const image = imageOf(backup);
  if (!namePattern.test(image)) return `invalid name ${image} of the backing image`;
  for (const [key, value] of Object.entries(backup.spec.labels ?? {})) {
    const fault = labelFault(key, value);
    if (fault !== undefined) return `label ${key}: ${fault}`;
  }
  return undefined;
}

const protocols = ['s3', 'azblob', 'nfs', 'cifs', 'webdav', 'webdavs', 'file', 'vfs'];

function targetFault({ name, spec }: BackupTarget): string | undefined {
  const { backupTargetURL: url = '', pollInterval = '0s' } = spec;
  if (!namePattern.test(name)) return `invalid name ${name}`;
  // A Go duration: what the cluster's decoder takes.
  if (!/^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$/.test(pollInterval))
    return `invalid pollInterval ${pollInterval}`;
  if (url === '') return undefined;
  const fault = faultIn(() => {
    const { scheme, path } = parseTargetUrl(url);
    const forbidden = (scheme === 'cifs' ? [','] : ['$', ',']).filter((character) => path.includes(character));
    if (forbidden.length > 0) throw new Error(`url ${url}, contains ${forbidden.join(' or ')}`);
    if (!protocols.includes(scheme)) throw new Error(`url ${url} with the unsupported protocol ${scheme}`);
  });
  return fault;
}

/** Credentials with a stray blank fail much later, and nobody sees why. */
function secretFault({ values }: SecretManifest): string | undefined {
  const faults = Object.entries(values).flatMap(([key, value]) => {
    if (!/^(AWS|AZBLOB|CIFS|WEBDAV)_|^(HTTPS?|NO)_PROXY$|^VIRTUAL_HOSTED_STYLE$/.test(key) || key.endsWith('_CERT'))
      return [];
    if (/^[\r\n]/.test(value)) return [`leading newline in ${key}`];
    if (/[\r\n]$/.test(value)) return [`trailing newline in ${key}`];
    if (/^\s/.test(value)) return [`invalid leading whitespace in ${key}`];
    return /\s$/.test(value) ? [`invalid trailing whitespace in ${key}`] : [];
  });
  return faults.length === 0 ? undefined : `credential validation error(s): ${faults.join(', ')}`;
}

/** What two objects of different names must not share. */
function sharedKeys(manifest: Manifest): string[] {
  if (manifest.kind === 'BackupBackingImage') return [`backup of ${imageOf(manifest)} in ${targetOf(manifest)}`];
  const url = manifest.kind === 'BackupTarget' ? manifest.spec.backupTargetURL : undefined;
  return url === undefined || url === '' ? [] : [`target ${url.replace(/\/+$/, '').toLowerCase()}`];
}

/** Two objects for one backup are fine where they say the same of it: Longhorn's documents name it in two ways. */
function clash(manifest: Manifest, other: Manifest): boolean {
  if (manifest.kind !== 'BackupBackingImage' || other.kind !== 'BackupBackingImage') return true;
  return manifest.name === other.name || !isDeepStrictEqual(manifest.spec.labels ?? {}, other.spec.labels ?? {});
}

const isEqual = ({ origin: _one, ...manifest }: Manifest, { origin: _two, ...other }: Manifest): boolean =>
  isDeepStrictEqual(manifest, other);

function twice(manifest: Manifest, other: Manifest): string {
  if (manifest.kind === other.kind && manifest.name === other.name)
    return `it stands here twice, first at ${other.origin}`;
  if (manifest.kind === 'BackupBackingImage') {
    return `backup backing image ${imageOf(manifest)} for backup target ${targetOf(manifest)} already exists (${other.name})`;
  }
  return `its url is the same to backup target ${other.name}`;
}

function faultIn(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Values with the blanks around them taken off, as Longhorn does. */
export function trimmed(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, value.trim()]));
}

const refused = (manifest: Manifest, fault: string): BackupError =>
  new BackupError('USAGE_INVALID', `${manifest.origin}: ${nameOf(manifest)}: ${fault}`, {
    remedy: 'Correct the manifest and apply it again; nothing was done.',
  });
