import { Args } from '@oclif/core';
import { openDisk } from '@hayloft/disk';
import { BackupError } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { verifyingProgress } from '../../make-image.ts';

export class ImageVerify extends BaseCommand {
  static override summary = 'Read an image and compare every block with the proof that was made with it.';
  static override examples = ['<%= config.bin %> image verify ubuntu', '<%= config.bin %> image verify ubuntu --json'];
  static override args = { name: Args.string({ required: true, description: 'Name of the image.' }) };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(ImageVerify);
    await using bench = await this.open(flags);
    const disk = openDisk(bench.assembly.configuration.disk);
    const image = await disk.get(args.name, bench);
    if (image.state === 'failed') throw damaged(image.name, image.reason ?? 'its file cannot be used', undefined);
    const onProgress = verifyingProgress(bench, image);
    const found = await disk.verify(image, { ...(await bench.context()), onProgress });
    bench.progress.stop();
    const problems = found.problems.map(({ block: _window, ...problem }) => problem);
    const { comparedWith } = found;
    const result = {
      name: image.name,
      ok: found.ok,
      sizeBytes: image.sizeBytes,
      checksum: image.checksum,
      comparedWith,
      problems,
    };
    if (!found.ok) throw damaged(image.name, `${problems.length} problems, the first: ${problems[0]!.detail}`, result);
    if (comparedWith === 'nothing')
      bench.assembly.say('Nothing is recorded to compare with: this only says that the file can be read.');
    this.log(`The image ${image.name} is what it was when it was made (compared with its ${comparedWith}).`);
    return result;
  }
}

const damaged = (name: string, why: string, result: object | undefined): BackupError =>
  new BackupError('DATA_CORRUPT', `The image "${name}" is damaged: ${why}`, {
    remedy: 'Restore it from a backup, or make it anew from its source.',
    result: result ?? { name, ok: false, problems: [{ kind: 'unreadable', detail: why }] },
  });
