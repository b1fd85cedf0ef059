import { Args } from '@oclif/core';
import { openDisk } from '@hayloft/disk';
import { BaseCommand } from '../../base-command.ts';
import { imageResult } from '../../image-result.ts';
import { facts } from '../../table.ts';

export class ImageShow extends BaseCommand {
  static override summary = 'Show one image of the disk.';
  static override examples = ['<%= config.bin %> image show ubuntu', '<%= config.bin %> image show ubuntu --json'];
  static override args = { name: Args.string({ required: true, description: 'Name of the image.' }) };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageShow);
    await using bench = await this.open(flags);
    const image = imageResult(await openDisk(bench.assembly.configuration.disk).get(args.name, bench));
    this.log(facts(image));
    return image;
  }
}
