import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, silentLogger, type BackupStore, type PluginContext } from '@hayloft/engine';
import { webdavPlugin } from '../webdav-plugin.ts';

export const { signal } = new AbortController();

/** What the plugin gets of a target with these credential keys. */
export const contextOf = (keys: Readonly<Record<string, string>> = {}): PluginContext => ({
  signal,
  logger: silentLogger,
  credentials: new Map(Object.entries(keys).map(([key, value]) => [key, new Secret(value)])),
});

/** Opens the store at a URL of any of the schemes. */
export function openStore(url: string, keys: Readonly<Record<string, string>> = {}): Promise<BackupStore> {
  return webdavPlugin.open(webdavPlugin.options.parse({ url }), contextOf(keys));
}

/** A folder of its own below a server's root; answers with its name. Its names need every care a URL takes. */
export function makeFolder(root: string): { readonly name: string; readonly path: string } {
  const name = `${randomUUID()} & 50%/hä#y?`;
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return { name: name.split('/').map(encodeURIComponent).join('/'), path };
}
