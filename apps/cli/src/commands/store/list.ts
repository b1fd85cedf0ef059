import { allTargets, maskUrlPassword } from '@hayloft/assembly';
import { BaseCommand } from '../../base-command.ts';
import { table } from '../../table.ts';

export class StoreList extends BaseCommand {
  static override summary = 'List the targets that are configured.';
  static override examples = ['<%= config.bin %> store list', '<%= config.bin %> store list --json'];

  override async run(): Promise<object> {
    const { flags } = await this.parse(StoreList);
    await using bench = await this.open(flags);
    const items = allTargets(bench.assembly).map(({ name, place, origin }) =>
      place.kind === 'url' ? { name, url: maskUrlPassword(place.url), origin } : { name, plugin: place.plugin, origin },
    );
    const rows = items.map((item) => [item.name, item.url ?? `plugin ${item.plugin}`, item.origin]);
    this.log(table(['NAME', 'URL', 'FROM'], rows));
    return { items };
  }
}
