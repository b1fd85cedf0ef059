import { BackupError, isBackupError } from '@hayloft/engine';
import type { BackupStore, PluginContext, StoreCapabilities, StorePlugin } from '@hayloft/engine';
import type { TargetConfiguration } from './configuration.ts';

/**
 * Lets a plugin check a target's options and open it. `CONFIGURATION_INVALID` for options that it refuses, `PLUGIN_INVALID`
 * when it breaks its contract; else what it throws.
 */
export async function openWithPlugin(
  plugin: StorePlugin,
  options: unknown,
  target: Pick<TargetConfiguration, 'name' | 'origin'>,
  context: PluginContext,
): Promise<BackupStore> {
  const parsed = parse(plugin, options, target);
  let store: unknown;
  try {
    store = await plugin.open(parsed, context);
  } catch (error) {
    context.signal.throwIfAborted();
    if (isBackupError(error)) throw error;
    throw faulty(plugin, `it cannot open the target "${target.name}": ${messageOf(error)}`, error);
  }
  const missing = missingParts(store);
  if (missing.length > 0) throw faulty(plugin, `what it opened is no store, for want of ${missing.join(', ')}`);
  return store as BackupStore;
}

function parse(plugin: StorePlugin, options: unknown, { name, origin }: Pick<TargetConfiguration, 'name' | 'origin'>) {
  try {
    return plugin.options.parse(options);
  } catch (error) {
    if (isBackupError(error)) throw error;
    throw new BackupError('CONFIGURATION_INVALID', `${origin}: the options of target "${name}": ${messageOf(error)}`, {
      remedy: `Correct them; "hayloft plugins" and the README of the ${plugin.type} plugin name every option.`,
      cause: error,
    });
  }
}

/** Code from outside may have been written without its types. */
function missingParts(store: unknown): string[] {
  if (typeof store !== 'object' || store === null) return ['everything'];
  const parts = store as Readonly<Record<PropertyKey, unknown>>;
  const { concurrencyMax } = (parts['capabilities'] ?? {}) as Partial<StoreCapabilities>;
  const verbs = ['put', 'get', 'stat', 'list', 'delete', Symbol.asyncDispose];
  return [
    ...(typeof parts['location'] === 'string' ? [] : ['location']),
    ...(Number.isInteger(concurrencyMax) ? [] : ['capabilities.concurrencyMax']),
    ...verbs.filter((verb) => typeof parts[verb] !== 'function').map(String),
  ];
}

const messageOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));

const faulty = (plugin: StorePlugin, why: string, cause?: unknown): BackupError =>
  new BackupError('PLUGIN_INVALID', `The plugin ${plugin.type} does not keep its contract: ${why}`, {
    remedy: 'Tell its maker, and use another version of it meanwhile.',
    cause,
  });
