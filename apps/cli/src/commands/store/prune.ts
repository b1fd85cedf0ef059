import { Args } from '@oclif/core';
import { prune } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { confirm } from '../../confirm.ts';
import { formatBytes } from '../../format.ts';
import { confirmationFlags, credentialsFlag, switchFlag } from '../../shared-flags.ts';

export class StorePrune extends BaseCommand {
  static override summary = 'Delete blocks that no backup names.';
  static override examples = [
    '<%= config.bin %> store prune default --dry-run',
    '<%= config.bin %> store prune offsite --yes',
  ];
  static override args = { target: Args.string({ default: 'default', description: 'Name of a target, or its URL.' }) };
  static override flags = {
    'even-without-backups': switchFlag({ summary: 'Also where the store has blocks and not one backup.' }),
    credentials: credentialsFlag,
    ...confirmationFlags,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(StorePrune);
    await using bench = await this.open(flags);
    await using store = await bench.openStore(args.target, flags);
    await confirm(`Blocks of ${store.location} that no backup names will be deleted.`, flags, bench);
    const dryRun = flags['dry-run'];
    const evenWithoutBackups = flags['even-without-backups'];
    const result = await prune({ store, dryRun, evenWithoutBackups }, await bench.context(store));
    bench.progress.stop();
    const { kept, deleted, orphans } = result.blocks;
    const freed = formatBytes(result.bytes.freed);
    this.log(
      dryRun
        ? `Would delete ${orphans} blocks (${freed}).`
        : `Deleted ${deleted} of ${orphans} orphans (${freed}); ${kept} blocks are kept.`,
    );
    return result;
  }
}
