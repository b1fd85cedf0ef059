import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BackupError, Secret } from '@hayloft/engine';
import { compressionDefault, concurrencyDefault } from './configuration.ts';
import type { Configuration, TargetConfiguration } from './configuration.ts';
import type { ConfigurationFile } from './configuration-schema.ts';
import type { ReadConfigurationFile } from './read-configuration-file.ts';
import type { Environment, Places } from './places.ts';

export interface ConfigurationRequest {
  /** `--config`. */
  readonly file?: string | undefined;
  /** `--disk`. */
  readonly disk?: string | undefined;
  readonly environment: Environment;
  readonly places: Places;
  readonly workingDirectory: string;
}

/**
 * The configuration in force: flags over environment over the file over defaults. The file is the first of `--config`,
 * `HAYLOFT_CONFIG`, `./hayloft.yaml` and the user's; one that was named must exist.
 */
export async function loadConfiguration(request: ConfigurationRequest): Promise<Configuration> {
  const found = findFile(request);
  if (found === undefined) return merge(undefined, {}, request);
  // Schema and YAML parser are loaded only where there is a file to read: they cost more than most commands take.
  const { readConfigurationFile } = await import('./read-configuration-file.ts');
  const read = await readConfigurationFile(found);
  return merge({ file: found, read }, read.values, request);
}

function findFile({ file, environment, places, workingDirectory }: ConfigurationRequest): string | undefined {
  const named = file ?? (environment['HAYLOFT_CONFIG'] || undefined);
  if (named !== undefined) {
    const path = resolve(workingDirectory, named);
    if (existsSync(path)) return path;
    throw new BackupError('CONFIGURATION_INVALID', `The configuration ${path} does not exist`, {
      remedy: `Correct ${file === undefined ? 'HAYLOFT_CONFIG' : '--config'}, or leave it out.`,
    });
  }
  return [join(workingDirectory, 'hayloft.yaml'), join(places.configuration, 'hayloft.yaml')].find(existsSync);
}

function merge(
  source: { readonly file: string; readonly read: ReadConfigurationFile } | undefined,
  values: ConfigurationFile,
  request: ConfigurationRequest,
): Configuration {
  const { environment, places, workingDirectory } = request;
  const folder = source === undefined ? workingDirectory : dirname(source.file);
  const origins = new Map<string, string>();
  for (const path of pathsOf(values)) origins.set(path.join('.'), source!.read.placeOf(path));

  let disk = values.disk === undefined ? join(places.data, 'disk') : resolve(folder, values.disk);
  const environmentDisk = environment['HAYLOFT_DISK'] || undefined;
  if (environmentDisk !== undefined) {
    disk = resolve(workingDirectory, environmentDisk);
    origins.set('disk', 'HAYLOFT_DISK');
  }
  if (request.disk !== undefined) {
    disk = resolve(workingDirectory, request.disk);
    origins.set('disk', '--disk');
  }
  const { downloads, limits } = values;
  return {
    file: source?.file,
    disk,
    targets: targetsOf(values, folder, (name) => source!.read.placeOf(['targets', name])),
    plugins: values.plugins ?? [],
    downloads: {
      proxy: downloads?.proxy === undefined ? undefined : new Secret(downloads.proxy),
      noProxy: downloads?.noProxy,
      cacert: downloads?.cacert === undefined ? undefined : resolve(folder, downloads.cacert),
    },
    compression: values.compression ?? compressionDefault,
    limits: {
      concurrency: limits?.concurrency ?? concurrencyDefault,
      uploadBytesPerSecond: limits?.uploadBytesPerSecond,
      downloadBytesPerSecond: limits?.downloadBytesPerSecond,
    },
    origins,
  };
}

function targetsOf(
  { targets = {} }: ConfigurationFile,
  folder: string,
  originOf: (name: string) => string,
): ReadonlyMap<string, TargetConfiguration> {
  const entries = Object.entries(targets).map(([name, { url, plugin, options, credentials, mountedAt }]) => {
    const target: TargetConfiguration = {
      name,
      place: url === undefined ? { kind: 'plugin', plugin: plugin!, options: options ?? {} } : { kind: 'url', url },
      credentials:
        credentials?.file !== undefined
          ? { kind: 'file', path: resolve(folder, credentials.file) }
          : credentials?.env !== undefined
            ? { kind: 'environment', names: credentials.env }
            : undefined,
      mountedAt: mountedAt === undefined ? undefined : resolve(folder, mountedAt),
      origin: originOf(name),
    };
    return [name, target] as const;
  });
  return new Map(entries);
}

/** The paths of every key: those that `config show` prints, each with its origin. */
function* pathsOf(value: object, before: readonly string[] = []): Generator<readonly string[]> {
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    yield [...before, key];
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      yield* pathsOf(inner as object, [...before, key]);
    }
  }
}
