import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { commands } from './commands.ts';

/**
 * Oclif's view of this program. Names, flags and help come from the committed manifest, and a command's code is loaded
 * only when it runs: its file from the literal list, so that nothing is searched on disk and a bundler sees every import.
 */
export async function loadCommandLine(): Promise<Config> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const config = new Config({ root, name: 'hayloft' });
  await config.load();
  const plugin = config.plugins.get(config.name);
  if (plugin === undefined) throw new TypeError('oclif does not know its own root plugin');
  plugin.findCommand = async (id: string) => {
    const load = commands[id];
    if (load === undefined) throw new TypeError(`the manifest lists "${id}", and no file has it`);
    const command = await load();
    command.id = id;
    command.plugin = plugin;
    return command as never;
  };
  return config;
}
