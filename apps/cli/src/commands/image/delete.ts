import { Args } from '@oclif/core';
import { openDisk } from '@hayloft/disk';
import { BaseCommand } from '../../base-command.ts';
import { confirm } from '../../confirm.ts';
import { formatBytes } from '../../format.ts';
import { confirmationFlags } from '../../shared-flags.ts';

export class ImageDelete extends BaseCommand {
  static override summary = 'Delete an image of the disk; its backups stay.';
  static override examples = ['<%= config.bin %> image delete ubuntu', '<%= config.bin %> image delete ubuntu --yes'];
  static override args = { name: Args.string({ required: true, description: 'Name of the image.' }) };
  static override flags = { ...confirmationFlags };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageDelete);
    await using bench = await this.open(flags);
    const disk = openDisk(bench.assembly.configuration.disk);
    const { name, uuid, realSizeBytes } = await disk.get(args.name, bench);
    await confirm(`The image "${name}" (${formatBytes(realSizeBytes)}) will be deleted.`, flags, bench);
    const dryRun = flags['dry-run'];
    if (!dryRun) await disk.delete(name, bench);
    this.log(`${dryRun ? 'Would delete' : 'Deleted'} the image ${name}.`);
    return { name, uuid, bytes: { freed: realSizeBytes }, dryRun };
  }
}
