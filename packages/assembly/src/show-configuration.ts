import { maskUrlPassword } from './mask.ts';
import type { Assembly } from './assembly.ts';
import type { TargetConfiguration } from './configuration.ts';
import { describePlace } from './credentials.ts';
import { allTargets } from './find-target.ts';

export interface ShownSetting {
  readonly key: string;
  /** As the configuration writes it; secrets read `[secret]`. */
  readonly value: string;
  /** `--disk`, `HAYLOFT_DISK`, a file and line, or `default`. */
  readonly origin: string;
}

/** Every setting in force and the place it came from, for `hayloft config show`. */
export function showConfiguration(assembly: Pick<Assembly, 'configuration' | 'places'>): readonly ShownSetting[] {
  const { configuration } = assembly;
  const { downloads, limits, origins } = configuration;
  const shown = (key: string, value: string | number | undefined): ShownSetting[] =>
    value === undefined ? [] : [{ key, value: String(value), origin: origins.get(key) ?? 'default' }];
  return [
    ...shown('disk', configuration.disk),
    ...allTargets(assembly).flatMap(showTarget),
    ...shown('plugins', configuration.plugins.length === 0 ? undefined : configuration.plugins.join(', ')),
    ...shown('downloads.proxy', downloads.proxy && maskUrlPassword(downloads.proxy.reveal())),
    ...shown('downloads.noProxy', downloads.noProxy),
    ...shown('downloads.cacert', downloads.cacert),
    ...shown('compression', configuration.compression),
    ...shown('limits.concurrency', limits.concurrency),
    ...shown('limits.uploadBytesPerSecond', limits.uploadBytesPerSecond),
    ...shown('limits.downloadBytesPerSecond', limits.downloadBytesPerSecond),
  ];
}

function showTarget({ name, place, credentials, mountedAt, origin }: TargetConfiguration): ShownSetting[] {
  const shown = (key: string, value: string | undefined): ShownSetting[] =>
    value === undefined ? [] : [{ key: `targets.${name}.${key}`, value, origin }];
  const where =
    place.kind === 'url'
      ? shown('url', maskUrlPassword(place.url))
      : // Which of a third party's options are secrets is not known here.
        [...shown('plugin', place.plugin), ...shown('options', `[secret] (${Object.keys(place.options).join(', ')})`)];
  return [
    ...where,
    ...shown('credentials', credentials && describePlace(credentials)),
    ...shown('mountedAt', mountedAt),
  ];
}
