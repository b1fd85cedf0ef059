import { Args } from '@oclif/core';
import { inspectBackup } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { credentialsFlag, targetFlag } from '../../shared-flags.ts';
import { facts } from '../../table.ts';

export class BackupShow extends BaseCommand {
  static override summary = 'Show one backup.';
  static override examples = [
    '<%= config.bin %> backup show ubuntu',
    '<%= config.bin %> backup show "file:///mnt/backups/?backingImage=ubuntu" --json',
  ];
  static override args = { backup: Args.string({ required: true, description: 'Name of a backup, or its URL.' }) };
  static override flags = { target: targetFlag, credentials: credentialsFlag };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupShow);
    await using bench = await this.open(flags);
    const place = await bench.openBackup(args.backup, flags.target, flags);
    await using store = place.store;
    const summary = await inspectBackup(store, place.name, await bench.context(store));
    this.log(facts(summary));
    return summary;
  }
}
