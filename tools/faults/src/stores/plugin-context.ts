import { Secret, silentLogger, type PluginContext } from '@hayloft/engine';

/** What a plugin gets of a target with these credential keys. */
export function pluginContext(keys: Readonly<Record<string, string>>, signal: AbortSignal): PluginContext {
  const credentials = new Map(Object.entries(keys).map(([key, value]) => [key, new Secret(value)]));
  return { signal, logger: silentLogger, credentials };
}
