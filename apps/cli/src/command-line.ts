import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { BackupError } from '@hayloft/engine';
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
    return command;
  };
  return config;
}

/** Oclif's error for a command that there is not becomes one that names the nearest; any other stays what it is. */
export async function asUnknownCommand(error: unknown, config: Config): Promise<unknown> {
  const id = Error.isError(error) ? /^command (.+) not found$/.exec(error.message)?.[1] : undefined;
  if (id === undefined) return error;
  const { suggestion } = await import('@hayloft/assembly');
  const words = id.replaceAll(':', ' ');
  const near = suggestion(
    words,
    config.commandIDs.map((known) => known.replaceAll(':', ' ')),
  );
  return new BackupError('USAGE_INVALID', `There is no command "${words}"`, {
    remedy: `${near} Run "hayloft help" for help.`,
  });
}
