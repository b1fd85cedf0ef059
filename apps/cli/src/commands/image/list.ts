import { openDisk } from '@hayloft/disk';
import { BaseCommand } from '../../base-command.ts';
import { formatBytes } from '../../format.ts';
import { imageResult } from '../../image-result.ts';
import { table } from '../../table.ts';

export class ImageList extends BaseCommand {
  static override summary = 'List the images of the disk.';
  static override examples = [
    '<%= config.bin %> image list',
    '<%= config.bin %> image list --disk /var/lib/hayloft --json',
  ];

  override async run(): Promise<object> {
    const { flags } = await this.parse(ImageList);
    await using bench = await this.open(flags);
    const images = await openDisk(bench.assembly.configuration.disk).list(bench);
    const rows = images.map(({ name, uuid, sizeBytes, realSizeBytes, format, state, createdAt }) => [
      name,
      uuid,
      formatBytes(sizeBytes),
      formatBytes(realSizeBytes),
      format,
      state,
      createdAt.slice(0, 19),
    ]);
    this.log(table(['NAME', 'UUID', 'SIZE', 'ON DISK', 'FORMAT', 'STATE', 'CREATED'], rows));
    return { items: images.map(imageResult) };
  }
}
