import { Args, Flags } from '@oclif/core';
import { copy } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { formatBytes } from '../../format.ts';
import {
  compressionFlag,
  concurrencyFlag,
  credentialsFlag,
  mixCompressionFlag,
  targetFlag,
} from '../../shared-flags.ts';

export class BackupCopy extends BaseCommand {
  static override summary = 'Copy a backup to another target; blocks that the other store has are not sent.';
  static override examples = [
    '<%= config.bin %> backup copy ubuntu --to offsite',
    '<%= config.bin %> backup copy ubuntu --target offsite --to default --json',
  ];
  static override args = { backup: Args.string({ required: true, description: 'Name of a backup, or its URL.' }) };
  static override flags = {
    to: Flags.string({
      required: true,
      helpValue: 'TARGET',
      summary: 'Where to: a name from the configuration, or a URL.',
    }),
    target: targetFlag,
    credentials: credentialsFlag,
    compression: compressionFlag,
    'mix-compression': mixCompressionFlag,
    concurrency: concurrencyFlag,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupCopy);
    const { concurrency } = flags;
    await using bench = await this.open(flags);
    const place = await bench.openBackup(args.backup, flags.target, flags);
    await using from = place.store;
    await using to = await bench.openStore(flags.to, { concurrency, create: true });
    const compression = {
      explicit: flags.compression,
      fallback: bench.assembly.configuration.compression,
      mix: flags['mix-compression'],
    };
    const result = await copy({ from, name: place.name, to, compression }, await bench.context(to, concurrency));
    bench.progress.stop();
    const { written, reused } = result.blocks;
    this.log(
      `Copied ${place.name} to ${result.url}: ${written} blocks written (${formatBytes(result.bytes.written)}), ${reused} reused.`,
    );
    return result;
  }
}
