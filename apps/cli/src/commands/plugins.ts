import { listPlugins } from '@hayloft/assembly';
import type { ListedPlugin } from '@hayloft/assembly';
import { BaseCommand } from '../base-command.ts';
import { table } from '../table.ts';

export class Plugins extends BaseCommand {
  static override summary = 'List the kinds of stores and sources that are there, with a configuration to paste.';
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins --json'];

  override async run(): Promise<object> {
    const { flags } = await this.parse(Plugins);
    await using bench = await this.open(flags);
    const items = (await listPlugins(bench.assembly)).map(({ plugin, from }) => {
      const { kind, type, summary } = plugin;
      const example = exampleOf({ plugin, from });
      return { kind, type, summary, from: from ?? 'built in', ...(example === undefined ? {} : { example }) };
    });
    this.log(
      table(
        ['KIND', 'TYPE', 'FROM', 'SUMMARY'],
        items.map(({ kind, type, from, summary }) => [kind, type, from, summary]),
      ),
    );
    for (const { type, example } of items) {
      if (example !== undefined) this.log(`\n# hayloft.yaml, for a store of type ${type}\n${example.trimEnd()}`);
    }
    return { items };
  }
}

/** What selects the plugin, the line that loads a third party's included. */
function exampleOf({ plugin, from }: ListedPlugin): string | undefined {
  if (plugin.kind !== 'store' || plugin.example === undefined) return undefined;
  return from === undefined ? plugin.example : `plugins: ['${from}']\n${plugin.example}`;
}
