import { Args } from '@oclif/core';
import { openDisk } from '@hayloft/disk';
import { BaseCommand } from '../../base-command.ts';
import { imageResult } from '../../image-result.ts';

export class ImageRename extends BaseCommand {
  static override summary = 'Give an image another name; its backups keep theirs.';
  static override examples = [
    '<%= config.bin %> image rename ubuntu ubuntu-24.04',
    '<%= config.bin %> image rename ubuntu ubuntu-24.04 --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the image.' }),
    new: Args.string({ required: true, description: 'Its new name.' }),
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageRename);
    await using bench = await this.open(flags);
    const image = await openDisk(bench.assembly.configuration.disk).rename(args.name, args.new, bench);
    this.log(`Renamed the image ${args.name} to ${image.name}.`);
    return imageResult(image);
  }
}
