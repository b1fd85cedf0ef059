import { mkdir } from 'node:fs/promises';
import { retry, withLimit, withLog, withRetry, systemClock } from '@hayloft/engine';
import type { BackupStore, CallOptions, PluginContext, StorePlugin, TargetAddress } from '@hayloft/engine';
import { completeTargetUrl, parseBackupUrl, parseTargetUrl } from '@hayloft/longhorn-format';
import type { Assembly } from './assembly.ts';
import type { CredentialsPlace, TargetConfiguration } from './configuration.ts';
import { readCredentials } from './credentials.ts';
import { defaultStorePath, defaultTargetName, findTarget, isBackupUrl } from './find-target.ts';
import { loadPlugin, loadSchemePlugin } from './load-plugin.ts';
import { openWithPlugin } from './open-with-plugin.ts';

export interface OpenStoreOptions extends CallOptions {
  /** `--credentials`. */
  readonly credentials?: CredentialsPlace | undefined;
  /** Requests in flight at once; the configuration's limit where undefined. */
  readonly concurrency?: number | undefined;
  /** A store in a folder may be a new one: a missing folder is made, in one that is there, and said. */
  readonly create?: boolean | undefined;
}

// Five attempts over about twenty seconds ride out a restart of a proxy, and end before a user gives up.
const retries = { attempts: 5, baseMs: 500, capMs: 10_000 };
// Who mistyped a host wants to know it at once; one lost packet must not cost a night's backup.
const openRetries = { attempts: 3, baseMs: 500, capMs: 1_000 };
const tools = { clock: systemClock, random: Math.random };

/**
 * Opens the store of a target's name or URL, with retries, limits and a log around it. The caller disposes it.
 * What the target's plugin throws; `USAGE_INVALID`, `PLUGIN_UNKNOWN`, `CONFIGURATION_INVALID`.
 */
export async function openStore(text: string, assembly: Assembly, options: OpenStoreOptions): Promise<BackupStore> {
  const target = findTarget(text, assembly, options.credentials);
  return openTarget(target, assembly, options);
}

/** Opens a target that was found. */
export async function openTarget(
  target: TargetConfiguration,
  assembly: Assembly,
  options: OpenStoreOptions,
): Promise<BackupStore> {
  const { logger, configuration } = assembly;
  const { limits } = configuration;
  const store = await openPlain(target, assembly, options);
  const concurrency = options.concurrency ?? limits.concurrency;
  const limited = withLimit(store, { ...limits, concurrency, clock: systemClock });
  return withLog(withRetry(limited, { ...retries, ...tools, logger }), logger);
}

export interface BackupPlace {
  readonly store: BackupStore;
  readonly name: string;
}

/** Opens the store of a backup: a URL says both, a name is one of the given target. */
export async function openBackup(
  text: string,
  target: string,
  assembly: Assembly,
  options: OpenStoreOptions,
): Promise<BackupPlace> {
  if (!isBackupUrl(text)) return { store: await openStore(target, assembly, options), name: text };
  const parsed = parseBackupUrl(text);
  return { store: await openStore(parsed.target, assembly, options), name: parsed.name };
}

async function openPlain(
  target: TargetConfiguration,
  assembly: Assembly,
  { signal, create }: OpenStoreOptions,
): Promise<BackupStore> {
  const { place } = target;
  const { logger } = assembly;
  if (place.kind === 'plugin') {
    const plugin = await loadPlugin('store', place.plugin, assembly);
    const credentials = await readCredentials(target.credentials, undefined, assembly, { signal });
    return openPatiently(plugin, place.options, target, { logger, credentials, signal });
  }
  const { url, slashAdded } = completeTargetUrl(place.url);
  if (slashAdded) assembly.say(`The target ${target.name} lacks its last slash: ${url} is taken.`);
  const address: TargetAddress = { ...parseTargetUrl(url), mountedAt: target.mountedAt };
  const plugin = await loadSchemePlugin(address.scheme, assembly);
  if (target.origin === 'default') await makeDefaultStore(url, assembly);
  else if (create === true && plugin.type === 'file') await makeStoreFolder(address.path, url, assembly);
  const credentials = await readCredentials(target.credentials, address.scheme, assembly, { signal });
  const optionsOf = plugin.schemes?.[address.scheme];
  if (optionsOf === undefined)
    throw new TypeError(`the plugin ${plugin.type} makes no options of ${address.scheme} URLs`);
  return openPatiently(plugin, optionsOf(address), target, { logger, credentials, signal });
}

function openPatiently(
  plugin: StorePlugin,
  options: unknown,
  target: TargetConfiguration,
  context: PluginContext,
): Promise<BackupStore> {
  const open = () => openWithPlugin(plugin, options, target, context);
  const policy = { ...openRetries, ...tools, logger: context.logger };
  return retry(`opening the target ${target.name}`, open, context, policy);
}

/** Nobody configured a store, so this one is made when it is first used, and said. */
async function makeDefaultStore(url: string, assembly: Assembly): Promise<void> {
  const path = defaultStorePath(assembly);
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined)
    assembly.say(`Made a store in ${path} (${url}): no target "${defaultTargetName}" is configured.`);
}

/** Only the last folder: where the one around it is missing too, a share is not mounted or the path is mistyped. */
async function makeStoreFolder(path: string, url: string, assembly: Assembly): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    assembly.say(`Made a store in ${path} (${url}).`);
  } catch {
    // It is there, or it cannot be made; opening says what is wrong.
  }
}
