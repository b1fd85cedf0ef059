import { isDeepStrictEqual } from 'node:util';
import { findTarget } from '@hayloft/assembly';
import type { CredentialsPlace } from '@hayloft/assembly';
import { openDisk } from '@hayloft/disk';
import type { ImageRecord } from '@hayloft/disk';
import { BackupError } from '@hayloft/engine';
import { parseBackupUrl } from '@hayloft/longhorn-format';
import { makeImage } from '../make-image.ts';
import { restoreImage } from '../restore-image.ts';
import type { Workbench } from '../workbench.ts';
import { trimmed } from './admission.ts';
import type { BackingImage } from './manifest.ts';
import type { KeptObject } from './object-shelf.ts';
import type { Reached } from './outcome.ts';

/** Makes the image of the object, unless an earlier apply of the same object made it and it is there. */
export async function carryOutImage(
  object: BackingImage,
  kept: KeptObject | undefined,
  bench: Workbench,
): Promise<Reached> {
  const disk = openDisk(bench.assembly.configuration.disk);
  const standing = (await disk.list(bench)).find(({ name }) => name === object.name);
  if (standing?.state === 'ready' && standing.uuid === kept?.status['uuid'] && isSameSpec(object, kept)) {
    return ready(standing, object, 'unchanged');
  }
  const { sourceType } = object.spec;
  const parameters = trimmed(object.spec.sourceParameters ?? {});
  const checksum = object.spec.checksum?.trim() || undefined;
  const { name } = object;
  switch (sourceType) {
    case 'download':
      return ready((await makeImage({ name, from: parameters['url']!, checksum }, bench)).image, object);
    case 'restore':
      return ready(await restored(name, parameters, checksum, bench), object);
    case 'clone':
      return ready(await cloned(object, parameters, bench), object);
    case 'upload':
      return uploaded(standing, object);
    case 'export-from-volume':
      throw new BackupError(
        'SOURCE_INVALID',
        `The image would be exported from a volume, and there are no volumes here`,
        {
          remedy: 'Apply this object in a cluster, or back the image up there and restore it here.',
        },
      );
  }
}

async function restored(
  name: string,
  parameters: Readonly<Record<string, string>>,
  checksum: string | undefined,
  bench: Workbench,
): Promise<ImageRecord> {
  const { target, name: backup } = parseBackupUrl(parameters['backup-url']!);
  const limit = parameters['concurrent-limit'];
  const concurrency = limit === undefined ? undefined : Math.min(256, Number(limit));
  await using store = await bench.openStore(target, { place: placeOf(parameters, bench), concurrency });
  return (await restoreImage({ store, backup, name, checksum, concurrency }, bench)).image;
}

/** The credentials of the target that the object names; without a name, of the one that has this URL. */
function placeOf(parameters: Readonly<Record<string, string>>, { assembly }: Workbench): CredentialsPlace | undefined {
  const named = parameters['backup-target-name'] ?? '';
  return named === '' ? undefined : findTarget(named, assembly).credentials;
}

async function cloned(
  { name }: BackingImage,
  parameters: Readonly<Record<string, string>>,
  bench: Workbench,
): Promise<ImageRecord> {
  const encryption = parameters['encryption'] || 'ignore';
  if (encryption !== 'ignore') {
    throw new BackupError('SOURCE_INVALID', `This version cannot clone with "encryption: ${encryption}"`, {
      remedy: 'Use "encryption: ignore", which copies the bytes; the other two come with the encryption release.',
    });
  }
  // As in Longhorn, the checksum of the original wins over the object's: the plugin compares it.
  return (await makeImage({ name, from: `image:${parameters['backing-image']!}`, checksum: undefined }, bench)).image;
}

function uploaded(standing: ImageRecord | undefined, object: BackingImage): Reached {
  const expected = object.spec.checksum?.trim() || standing?.checksum;
  if (standing?.state === 'ready' && standing.checksum === expected) return ready(standing, object);
  throw new BackupError('SOURCE_NOT_FOUND', `The image waits for its bytes: its source is an upload`, {
    remedy: `Run "hayloft image create ${object.name} --from FILE", then apply again.`,
  });
}

function ready(image: ImageRecord, { spec }: BackingImage, message = ''): Reached {
  const { uuid, sizeBytes: size, virtualSizeBytes: virtualSize, realSizeBytes: realSize, checksum, path } = image;
  const { secret = '', secretNamespace = '' } = spec;
  return {
    state: 'ready',
    message,
    status: { uuid, size, virtualSize, realSize, checksum, path, secret, secretNamespace },
  };
}

export function isSameSpec(object: { readonly spec: object }, kept: KeptObject | undefined): boolean {
  const { spec } = (kept?.manifest ?? {}) as { readonly spec?: object };
  return spec !== undefined && isDeepStrictEqual(spec, object.spec);
}
