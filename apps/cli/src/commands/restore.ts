import { dirname, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { checkFreeSpace, createFileTarget } from '@hayloft/disk';
import { BackupError, inspectBackup, restore } from '@hayloft/engine';
import type { BackupStore, RestoreResult } from '@hayloft/engine';
import { BaseCommand } from '../base-command.ts';
import { formatBytes } from '../format.ts';
import { formatFlag, refuseLaterFormat } from '../image-format.ts';
import { keepIfResumable } from '../keep-if-resumable.ts';
import { neededBytes, restoreImage } from '../restore-image.ts';
import { concurrencyFlag, credentialsFlag, switchFlag, targetFlag } from '../shared-flags.ts';
import { writeTo } from '../write-to.ts';
import type { Workbench } from '../workbench.ts';

export class Restore extends BaseCommand {
  static override summary = 'Restore a backup as an image, to a file or to standard output, and prove it.';
  static override description =
    'Done means proven: every block matches its hash, the length is right and the SHA-512 of the whole equals the one that the backup recorded. Only then does the file appear under its name.';
  static override examples = [
    '<%= config.bin %> restore ubuntu --image ubuntu',
    '<%= config.bin %> restore "s3://backups@us-east-1/?backingImage=ubuntu" --to /tmp/ubuntu.raw --checksum $SHA512',
  ];
  static override args = { backup: Args.string({ required: true, description: 'Name of a backup, or its URL.' }) };
  static override flags = {
    image: Flags.string({
      helpValue: 'NAME',
      exactlyOne: ['image', 'to'],
      summary: 'Restore as an image of the disk.',
    }),
    to: Flags.string({
      helpValue: 'FILE',
      summary: 'Restore to a file, or - for standard output.',
    }),
    target: targetFlag,
    credentials: credentialsFlag,
    format: formatFlag,
    checksum: Flags.string({ helpValue: 'SHA512', summary: 'Expected SHA-512 of the image, 128 hex digits.' }),
    'require-checksum': switchFlag({
      summary: 'Fail where neither the backup nor --checksum gives a SHA-512 of the whole.',
    }),
    force: switchFlag({ summary: 'Replace a file with other bytes.' }),
    concurrency: concurrencyFlag,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(Restore);
    const { image, to, concurrency } = flags;
    if (to === '-') this.giveStdoutAway();
    refuseLaterFormat(flags.format);
    const checksum = flags.checksum?.trim().toLowerCase();
    const requireChecksum = flags['require-checksum'];
    await using bench = await this.open(flags);
    const place = await bench.openBackup(args.backup, flags.target, flags);
    await using store = place.store;
    const request = { store, backup: place.name, checksum, requireChecksum, concurrency };
    const restored =
      image !== undefined
        ? (await restoreImage({ ...request, name: image }, bench)).restored
        : await restoreToFile({ ...request, to: to!, force: flags.force }, bench);
    bench.progress.stop();
    if (restored.proven !== true) {
      bench.assembly.say(
        'Warning: the backup records no usable SHA-512 of the whole image; its blocks and its length are proven.',
      );
    }
    const where = image === undefined ? { path: to === '-' ? '-' : resolve(to!) } : { image };
    if (to !== '-')
      this.log(
        `Restored ${place.name} to ${image ?? to!}: ${formatBytes(restored.sizeBytes)}, SHA-512 ${restored.checksum}`,
      );
    return { ...where, ...restored };
  }
}

interface FileRequest {
  readonly store: BackupStore;
  readonly backup: string;
  readonly to: string;
  readonly force: boolean;
  readonly checksum: string | undefined;
  readonly requireChecksum: boolean;
  readonly concurrency: number | undefined;
}

async function restoreToFile(request: FileRequest, bench: Workbench): Promise<RestoreResult> {
  const { store, backup, to, force, checksum, requireChecksum, concurrency } = request;
  const { signal } = bench;
  const context = await bench.context(store, concurrency);
  const proof = { store, name: backup, checksum, requireChecksum };
  if (to === '-') {
    if (process.stdout.isTTY) throw stdoutIsTerminal();
    return restore({ ...proof, sink: { kind: 'stream', write: writeTo(process.stdout) } }, context);
  }
  const summary = await inspectBackup(store, backup, context);
  await using target = await createFileTarget(to, { force, sizeBytes: summary.sizeBytes, signal });
  await checkFreeSpace(dirname(resolve(to)), neededBytes(summary, context.format.blockSizeBytes), to, { signal });
  return await keepIfResumable(target, async () => restore({ ...proof, sink: { kind: 'target', target } }, context));
}

const stdoutIsTerminal = (): BackupError =>
  new BackupError('USAGE_INVALID', 'An image would be written to the terminal', {
    remedy: 'Redirect standard output to a file or a program, or name a file with --to.',
  });
