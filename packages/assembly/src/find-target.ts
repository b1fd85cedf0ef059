import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackupError } from '@hayloft/engine';
import { completeTargetUrl } from '@hayloft/longhorn-format';
import type { Assembly } from './assembly.ts';
import type { CredentialsPlace, TargetConfiguration } from './configuration.ts';
import { suggestion } from './nearest.ts';

export const defaultTargetName = 'default';

/** Where the store of a machine without configuration lies. */
export function defaultStorePath({ places }: Pick<Assembly, 'places'>): string {
  return join(places.data, 'store');
}

/** True for text that is a URL and not a name. */
export const isUrl = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]+:/.test(text);

/** True for the URL of a backup rather than of a store. */
export const isBackupUrl = (text: string): boolean => isUrl(text) && /[?&](?:amp;)?backingImage=/.test(text);

/**
 * The target that a name or a URL means. A bare URL has the credentials that were given with it, else those of the
 * configured target with that URL. `USAGE_INVALID` for a name that is not configured.
 */
export function findTarget(
  text: string,
  { configuration, places }: Pick<Assembly, 'configuration' | 'places'>,
  credentials?: CredentialsPlace,
): TargetConfiguration {
  const { targets } = configuration;
  if (isUrl(text)) {
    const same = [...targets.values()].find(({ place }) => place.kind === 'url' && isSameUrl(place.url, text));
    const bare = {
      name: text,
      place: { kind: 'url', url: text },
      mountedAt: undefined,
      origin: 'the command line',
    } as const;
    return { ...(same ?? bare), credentials: credentials ?? same?.credentials };
  }
  const named = targets.get(text);
  if (named !== undefined) return credentials === undefined ? named : { ...named, credentials };
  if (text === defaultTargetName) return unconfiguredDefault(places);
  throw new BackupError('USAGE_INVALID', `There is no target "${text}"`, {
    remedy: `${suggestion(text, [...targets.keys(), defaultTargetName])} A target is a name from the configuration, or a URL such as file:///mnt/backups/.`,
  });
}

/** Every target that is configured, the default one included. */
export function allTargets(assembly: Pick<Assembly, 'configuration' | 'places'>): readonly TargetConfiguration[] {
  const { targets } = assembly.configuration;
  return [
    findTarget(defaultTargetName, assembly),
    ...[...targets.values()].filter(({ name }) => name !== defaultTargetName),
  ];
}

function unconfiguredDefault(places: Assembly['places']): TargetConfiguration {
  const url = `${pathToFileURL(defaultStorePath({ places })).href}/`;
  return {
    name: defaultTargetName,
    place: { kind: 'url', url },
    credentials: undefined,
    mountedAt: undefined,
    origin: 'default',
  };
}

const isSameUrl = (one: string, other: string): boolean => withSlash(one) === withSlash(other);

function withSlash(url: string): string {
  try {
    return completeTargetUrl(url).url;
  } catch {
    return url; // it is refused, with the reason, when it is opened
  }
}
