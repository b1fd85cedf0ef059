import { showConfiguration } from '@hayloft/assembly';
import { BaseCommand } from '../../base-command.ts';
import { table } from '../../table.ts';

export class ConfigShow extends BaseCommand {
  static override summary = 'Print every setting in force and where it came from; secrets are masked.';
  static override examples = [
    '<%= config.bin %> config show',
    '<%= config.bin %> config show --config ./hayloft.yaml --json',
  ];

  override async run(): Promise<object> {
    const { flags } = await this.parse(ConfigShow);
    await using bench = await this.open(flags);
    const items = showConfiguration(bench.assembly);
    const { file } = bench.assembly.configuration;
    this.log(
      table(
        ['KEY', 'VALUE', 'FROM'],
        items.map(({ key, value, origin }) => [key, value, origin]),
      ),
    );
    return file === undefined ? { items } : { file, items };
  }
}
