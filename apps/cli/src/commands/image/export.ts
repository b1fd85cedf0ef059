import { Args, Flags } from '@oclif/core';
import { openDisk } from '@hayloft/disk';
import { BaseCommand } from '../../base-command.ts';
import { exportToFile, exportToStdout } from '../../export-image.ts';
import { formatBytes } from '../../format.ts';
import { formatFlag, refuseLaterFormat } from '../../image-format.ts';
import { switchFlag } from '../../shared-flags.ts';

export class ImageExport extends BaseCommand {
  static override summary = "Write an image's bytes to a file or to standard output, proven on the way.";
  static override examples = [
    '<%= config.bin %> image export ubuntu --to /tmp/ubuntu.raw',
    '<%= config.bin %> image export ubuntu --to - --compress zstd | ssh host "zstd -d > ubuntu.raw"',
  ];
  static override args = { name: Args.string({ required: true, description: 'Name of the image.' }) };
  static override flags = {
    to: Flags.string({ required: true, helpValue: 'FILE', summary: 'File to write, or - for standard output.' }),
    format: formatFlag,
    compress: Flags.option({
      options: ['gzip', 'zstd'] as const,
      helpValue: 'METHOD',
      summary: 'Compress what is written (gzip, zstd).',
    })(),
    force: switchFlag({ summary: 'Replace a file with other bytes.' }),
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageExport);
    const { to, compress, force } = flags;
    if (to === '-') this.giveStdoutAway();
    refuseLaterFormat(flags.format);
    await using bench = await this.open(flags);
    const image = await openDisk(bench.assembly.configuration.disk).get(args.name, bench);
    const request = { image, compress, force };
    const written = to === '-' ? await exportToStdout(request, bench) : await exportToFile(request, to, bench);
    bench.progress.stop();
    const result = {
      name: image.name,
      path: to,
      sizeBytes: image.sizeBytes,
      checksum: written.checksum,
      proven: image.checksum !== '',
    };
    if (to !== '-') this.log(`Wrote ${to}: ${formatBytes(image.sizeBytes)} of the image, SHA-512 ${written.checksum}`);
    return result;
  }
}
