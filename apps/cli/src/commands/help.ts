import { Args, loadHelpClass } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../table.ts';

export class Help extends BaseCommand {
  static override summary = 'Explain a command, or "exit-codes".';
  static override examples = ['<%= config.bin %> help backup create', '<%= config.bin %> help exit-codes'];
  static override args = { topic: Args.string({ description: 'Words of a command, or exit-codes.' }) };
  static override strict = false;

  override async run(): Promise<object> {
    const { argv } = await this.parse(Help);
    if (argv[0] === 'exit-codes') {
      this.log(
        table(
          ['STATUS', 'MEANING'],
          exitCodes.map(({ status, meaning }) => [status, meaning]),
        ),
      );
      return { items: exitCodes };
    }
    const HelpClass = await loadHelpClass(this.config);
    await new HelpClass(this.config).showHelp(argv.map(String));
    return {};
  }
}
