import { Args, Flags } from '@oclif/core';
import { repair, stillDamaged } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { openRepairSources } from '../../repair-sources.ts';
import { confirmationFlags, credentialsFlag, targetFlag } from '../../shared-flags.ts';

export class BackupRepair extends BaseCommand {
  static override summary = 'Heal the damaged blocks of a backup from an image, a file or another store.';
  static override description =
    'Blocks are written only where their bytes match their name, and nothing is deleted. Without --from the image of that name on the disk is tried, then the other targets of the configuration.';
  static override examples = [
    '<%= config.bin %> backup repair ubuntu',
    '<%= config.bin %> backup repair ubuntu --from "file:///mnt/mirror/?backingImage=ubuntu" --json',
  ];
  static override args = { backup: Args.string({ required: true, description: 'Name of a backup, or its URL.' }) };
  static override flags = {
    from: Flags.string({
      helpValue: 'SOURCE',
      summary: 'An image, a file, or the URL of a backup that has the bytes.',
    }),
    target: targetFlag,
    credentials: credentialsFlag,
    ...confirmationFlags,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupRepair);
    await using bench = await this.open(flags);
    const place = await bench.openBackup(args.backup, flags.target, flags);
    await using store = place.store;
    await using opened = new AsyncDisposableStack();
    const sources = await openRepairSources({ store, name: place.name, from: flags.from }, opened, bench);
    const dryRun = flags['dry-run'];
    const result = await repair({ store, name: place.name, sources, dryRun }, await bench.context(store));
    bench.progress.stop();
    const { damaged, healed } = result.blocks;
    this.log(damaged === 0 ? `The backup ${place.name} is sound.` : `${damaged} blocks are damaged, ${healed} healed.`);
    if (!result.ok) throw stillDamaged(result);
    return result;
  }
}
