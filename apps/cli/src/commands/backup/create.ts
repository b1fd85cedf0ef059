import { Args, Flags } from '@oclif/core';
import { BackupError } from '@hayloft/engine';
import type { BackupResult, BackupStore, ErrorCode } from '@hayloft/engine';
import { backupImage, backupImageToEach } from '../../backup-image.ts';
import type { BackupImageRequest } from '../../backup-image.ts';
import { BaseCommand } from '../../base-command.ts';
import { failureOf } from '../../report-failure.ts';
import type { Failure } from '../../report-failure.ts';
import { formatBytes } from '../../format.ts';
import { parseLabels } from '../../labels.ts';
import {
  compressionFlag,
  concurrencyFlag,
  credentialsFlag,
  mixCompressionFlag,
  switchFlag,
} from '../../shared-flags.ts';
import type { Workbench } from '../../workbench.ts';

export class BackupCreate extends BaseCommand {
  static override summary = 'Back an image up to one or more targets; blocks that a store has are not sent.';
  static override examples = [
    '<%= config.bin %> backup create ubuntu --label usecase=test',
    '<%= config.bin %> backup create ubuntu --target default --target offsite --json',
  ];
  static override args = {
    image: Args.string({ required: true, description: "Name of an image; with --file, the backup's name." }),
  };
  static override flags = {
    target: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TARGET',
      default: ['default'],
      summary: 'Where to: a name from the configuration, or a URL.',
    }),
    credentials: credentialsFlag,
    name: Flags.string({ helpValue: 'NAME', summary: "Name of the backup; the image's where not given." }),
    label: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'KEY=VALUE',
      default: [],
      summary: 'Label that the backup records.',
    }),
    compression: compressionFlag,
    'mix-compression': mixCompressionFlag,
    concurrency: concurrencyFlag,
    'verify-reused': switchFlag({ summary: 'Read and prove every block that the store has already.' }),
    'trust-unchanged': switchFlag({
      summary:
        'Do not read an image whose file is untouched since its list of blocks was made, if the store has them all.',
    }),
    file: Flags.string({ helpValue: 'PATH', summary: 'Back up this file, without an image on the disk.' }),
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupCreate);
    const labels = parseLabels(flags.label);
    await using bench = await this.open(flags);
    const request: BackupImageRequest = {
      name: flags.name ?? args.image,
      from: flags.file === undefined ? { kind: 'image', name: args.image } : { kind: 'file', path: flags.file },
      compression: flags.compression,
      mixCompression: flags['mix-compression'],
      labels,
      verifyReused: flags['verify-reused'],
      trustUnchanged: flags['trust-unchanged'],
      concurrency: flags.concurrency,
    };
    const open = (target: string): Promise<BackupStore> => bench.openStore(target, { ...flags, create: true });
    const [target, ...others] = [...new Set(flags.target)];
    if (others.length > 0) return await this.#toEach([target!, ...others], request, open, bench);
    await using store = await open(target!);
    const result = await backupImage({ ...request, store }, bench);
    bench.progress.stop();
    this.log(describe(result));
    return result;
  }

  /** One that fails does not keep the others from theirs. */
  async #toEach(
    targets: readonly string[],
    request: BackupImageRequest,
    open: (target: string) => Promise<BackupStore>,
    bench: Workbench,
  ): Promise<object> {
    await using opened = new AsyncDisposableStack();
    const stores = await Promise.allSettled(targets.map(async (target) => opened.use(await open(target))));
    bench.signal.throwIfAborted();
    const ready = stores.flatMap((store) => (store.status === 'fulfilled' ? [store.value] : []));
    const backups = (await backupImageToEach(request, ready, bench)).values();
    bench.progress.stop();
    const items: object[] = [];
    const failures: Failure[] = [];
    for (const [number, store] of stores.entries()) {
      const target = targets[number]!;
      const outcome = store.status === 'fulfilled' ? backups.next().value! : store;
      if (outcome.status === 'fulfilled') {
        items.push(outcome.value);
        this.log(describe(outcome.value));
        continue;
      }
      const failure = failureOf(outcome.reason);
      const { code, message, remedy } = failure;
      failures.push(failure);
      items.push({ target, error: { code, message, remedy } });
      bench.assembly.say(`Error: ${target}: ${message}`);
    }
    return summary(items, failures);
  }
}

function describe({ url, sizeBytes, blocks, bytes, checksum }: BackupResult): string {
  const healed = blocks.healed > 0 ? `, ${blocks.healed} healed` : '';
  return `Backed up ${formatBytes(sizeBytes)} to ${url}: ${blocks.written} blocks written (${formatBytes(bytes.written)}), ${blocks.reused} reused${healed}, SHA-512 ${checksum || 'not recorded'}`;
}

/** The result, or the one failure that stands for all. */
function summary(items: readonly object[], failures: readonly Failure[]): object {
  const [first] = failures;
  if (first === undefined) return { items };
  const damage = failures.find(({ exitCode }) => exitCode === 13);
  const message = `${failures.length} of ${items.length} targets have no backup`;
  if (damage === undefined && failures.length < items.length) {
    throw new BackupError('PARTLY_UNTRIED', message, {
      remedy: 'Run it again for those that failed.',
      result: { items },
    });
  }
  const { code, remedy } = damage ?? first;
  throw new BackupError(code as ErrorCode, `${message}: ${(damage ?? first).message}`, { remedy, result: { items } });
}
