import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackupError, pluginContract } from '@hayloft/engine';
import type { Plugin, SourcePlugin, StorePlugin } from '@hayloft/engine';
import type { Assembly } from './assembly.ts';
import type { Catalogue } from './catalogue.ts';

type PluginsOf = Pick<Assembly, 'catalogue' | 'configuration'>;

/** The plugin of that kind and type. `PLUGIN_UNKNOWN` names those that are there, `PLUGIN_INVALID` what is wrong with one. */
export async function loadPlugin(kind: 'store', type: string, assembly: PluginsOf): Promise<StorePlugin>;
export async function loadPlugin(kind: 'source', type: string, assembly: PluginsOf): Promise<SourcePlugin>;
export async function loadPlugin(kind: Plugin['kind'], type: string, assembly: PluginsOf): Promise<Plugin> {
  const key = `${kind}:${type}`;
  const builtIn = assembly.catalogue.plugins[key];
  if (builtIn !== undefined) return checkPlugin(await builtIn(), `the built-in plugin ${key}`);
  const others = await loadThirdParties(assembly);
  const found = others.find(({ plugin }) => plugin.kind === kind && plugin.type === type);
  if (found !== undefined) return found.plugin;
  throw unknownPlugin(kind, type, others, assembly);
}

/** The store plugin that opens URLs of that scheme. */
export async function loadSchemePlugin(scheme: string, assembly: PluginsOf): Promise<StorePlugin> {
  const type = assembly.catalogue.schemes[scheme];
  if (type !== undefined) return loadPlugin('store', type, assembly);
  const others = await loadThirdParties(assembly);
  for (const { plugin } of others) {
    if (plugin.kind === 'store' && schemesOf(plugin).includes(scheme)) return plugin;
  }
  throw unknownPlugin('store', scheme, others, assembly);
}

export interface ListedPlugin {
  readonly plugin: Plugin;
  /** The package it came from; undefined for one that is built in. */
  readonly from: string | undefined;
}

/** Every plugin that is there. Loads them all: for `hayloft plugins`. */
export async function listPlugins(assembly: PluginsOf): Promise<readonly ListedPlugin[]> {
  const builtIn = Object.entries(assembly.catalogue.plugins).map(async ([key, load]) => ({
    plugin: checkPlugin(await load(), `the built-in plugin ${key}`),
    from: undefined,
  }));
  return [...(await Promise.all(builtIn)), ...(await loadThirdParties(assembly))];
}

async function loadThirdParties({ catalogue, configuration }: PluginsOf): Promise<ListedPlugin[]> {
  const found: ListedPlugin[] = [];
  for (const name of configuration.plugins) {
    const module = await importPackage(name, configuration.file);
    // A constant may be exported by its name and as the default too.
    const constants = new Set(Object.values(module).filter((value) => isRecord(value) && 'contract' in value));
    if (constants.size === 0) throw invalid(name, 'it exports no plugin: no constant with "contract"');
    for (const constant of constants) {
      const plugin = checkPlugin(constant, name);
      assertFree(plugin, name, found, catalogue);
      found.push({ plugin, from: name });
    }
  }
  return found;
}

/** Which plugin a word or a scheme means must not depend on an order. */
function assertFree(plugin: Plugin, name: string, others: readonly ListedPlugin[], catalogue: Catalogue): void {
  const taken = (what: string, by: string): BackupError =>
    invalid(name, `it is a plugin for ${what}, and there is one already (${by})`, {
      remedy: `Take one of them out of "plugins:" in the configuration, or ask for a version of ${name} with another name.`,
    });
  const key = keyOf(plugin);
  const rival = others.find((other) => keyOf(other.plugin) === key);
  if (Object.hasOwn(catalogue.plugins, key) || rival !== undefined) throw taken(key, rival?.from ?? 'built in');
  for (const scheme of schemesOf(plugin)) {
    const claimant = others.find((other) => schemesOf(other.plugin).includes(scheme));
    if (Object.hasOwn(catalogue.schemes, scheme) || claimant !== undefined) {
      throw taken(`${scheme}: URLs`, claimant?.from ?? 'built in');
    }
  }
}

const keyOf = ({ kind, type }: Plugin): string => `${kind}:${type}`;

const schemesOf = (plugin: Plugin): readonly string[] =>
  plugin.kind === 'store' && plugin.schemes !== undefined ? Object.keys(plugin.schemes) : [];

/** Looks beside the configuration first, then beside this program. */
async function importPackage(name: string, configurationFile: string | undefined): Promise<Record<string, unknown>> {
  const bases = [...(configurationFile === undefined ? [] : [pathToFileURL(configurationFile)]), import.meta.url];
  for (const base of bases) {
    const manifest = findPackage(name, base);
    if (manifest === undefined) continue;
    try {
      const entry = join(dirname(manifest), entryOf(JSON.parse(await readFile(manifest, 'utf8'))));
      return (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
    } catch (error) {
      throw invalid(name, `it cannot be loaded: ${Error.isError(error) ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
  const folder = configurationFile === undefined ? 'the folder of the configuration' : dirname(configurationFile);
  throw invalid(name, 'it is not installed beside the configuration, nor beside hayloft', {
    remedy: `Run "npm install ${name}" in ${folder}, correct its name, or take it out of "plugins:" in the configuration.`,
  });
}

function findPackage(name: string, base: string | URL): string | undefined {
  try {
    return findPackageJSON(name, base);
  } catch {
    return undefined; // Node throws where there is none
  }
}

/** The file that `import` of the package takes. Node's own resolver cannot be asked from another folder. */
function entryOf(manifest: unknown): string {
  const { exports, main } = manifest as { exports?: unknown; main?: unknown };
  const door = isRecord(exports) && '.' in exports ? exports['.'] : exports;
  const entry = underConditions(door) ?? (typeof main === 'string' ? main : 'index.js');
  return entry;
}

function underConditions(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!['node', 'import', 'module-sync', 'default'].includes(condition)) continue;
    const entry = underConditions(inner);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** A plugin is code from outside: its shape is checked before anything relies on it. */
function checkPlugin(value: unknown, from: string): Plugin {
  if (!isRecord(value)) throw invalid(from, 'it is no object');
  const { contract, kind, type, summary, options, open, schemes = {}, example = '' } = value;
  if (contract !== pluginContract) {
    throw invalid(from, `it was written for contract ${String(contract)}, and this version speaks ${pluginContract}`, {
      remedy: `Install a version of it for contract ${pluginContract}${Number(contract) > pluginContract ? ', or a newer hayloft' : ''}.`,
    });
  }
  if (kind !== 'store' && kind !== 'source')
    throw invalid(from, `its kind is "${String(kind)}", not "store" or "source"`);
  if (typeof type !== 'string' || !/^[a-z][a-z0-9-]*$/.test(type)) throw invalid(from, 'its type is no word');
  if (typeof summary !== 'string') throw invalid(from, 'it has no summary');
  if (!isRecord(options) || typeof options['parse'] !== 'function') throw invalid(from, 'its options cannot be parsed');
  if (typeof open !== 'function') throw invalid(from, 'it has no function "open"');
  if (!isRecord(schemes) || !Object.values(schemes).every((optionsOf) => typeof optionsOf === 'function'))
    throw invalid(from, 'its schemes are no functions by URL scheme');
  if (typeof example !== 'string') throw invalid(from, 'its example is no text');
  return value as unknown as Plugin;
}

function unknownPlugin(
  kind: Plugin['kind'],
  type: string,
  others: readonly ListedPlugin[],
  { catalogue }: PluginsOf,
): BackupError {
  const known = [...Object.keys(catalogue.plugins), ...others.map(({ plugin }) => keyOf(plugin))].flatMap((key) =>
    key.startsWith(`${kind}:`) ? [key.slice(kind.length + 1)] : [],
  );
  return new BackupError('PLUGIN_UNKNOWN', `This version has no ${kind} plugin for ${type}`, {
    remedy: `Use one of: ${known.join(', ')}; or name a package with such a plugin under "plugins:" in the configuration.`,
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const invalid = (
  name: string,
  why: string,
  { remedy = fallbackRemedy, cause }: { readonly remedy?: string; readonly cause?: unknown } = {},
): BackupError => new BackupError('PLUGIN_INVALID', `The plugin ${name} cannot be used: ${why}`, { remedy, cause });

const fallbackRemedy = 'Install a version of it that fits, or take it out of "plugins:" in the configuration.';
