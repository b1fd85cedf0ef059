import { listPlugins } from '@hayloft/assembly';
import { BaseCommand } from '../base-command.ts';
import { table } from '../table.ts';

export class Plugins extends BaseCommand {
  static override summary = 'List the kinds of stores and sources that are there.';
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins --json'];

  override async run(): Promise<object> {
    const { flags } = await this.parse(Plugins);
    await using bench = await this.open(flags);
    const items = (await listPlugins(bench.assembly)).map(({ plugin, from }) => ({
      kind: plugin.kind,
      type: plugin.type,
      summary: plugin.summary,
      from: from ?? 'built in',
    }));
    this.log(
      table(
        ['KIND', 'TYPE', 'FROM', 'SUMMARY'],
        items.map(({ kind, type, from, summary }) => [kind, type, from, summary]),
      ),
    );
    return { items };
  }
}
