import { Args } from '@oclif/core';
import { remove } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { confirm } from '../../confirm.ts';
import { formatBytes } from '../../format.ts';
import { confirmationFlags, credentialsFlag, targetFlag } from '../../shared-flags.ts';

export class BackupDelete extends BaseCommand {
  static override summary = 'Delete a backup, and those of its blocks that no other backup needs.';
  static override examples = [
    '<%= config.bin %> backup delete ubuntu --dry-run',
    '<%= config.bin %> backup delete ubuntu --target offsite --yes',
  ];
  static override args = { backup: Args.string({ required: true, description: 'Name of a backup, or its URL.' }) };
  static override flags = { target: targetFlag, credentials: credentialsFlag, ...confirmationFlags };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupDelete);
    await using bench = await this.open(flags);
    const place = await bench.openBackup(args.backup, flags.target, flags);
    await using store = place.store;
    await confirm(`The backup "${place.name}" in ${store.location} will be deleted.`, flags, bench);
    const dryRun = flags['dry-run'];
    const result = await remove({ store, name: place.name, dryRun }, await bench.context(store));
    bench.progress.stop();
    if (!result.swept)
      bench.assembly.say(`Warning: its blocks are left for "hayloft store prune": ${result.message ?? ''}`);
    const freed = `${result.blocks.deleted} blocks, ${formatBytes(result.bytes.freed)}`;
    this.log(
      `${dryRun ? 'Would delete' : 'Deleted'} the backup ${place.name} (${freed}); ${result.blocks.kept} blocks are kept.`,
    );
    return result;
  }
}
