import { Args, Flags } from '@oclif/core';
import { BackupError, verify } from '@hayloft/engine';
import type { VerifyResult } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { parsePercent } from '../../parse-percent.ts';
import { concurrencyFlag, credentialsFlag, switchFlag, targetFlag } from '../../shared-flags.ts';
import { table } from '../../table.ts';

export class BackupVerify extends BaseCommand {
  static override summary = 'Read every block of a backup, prove it, and recompute the digest of the whole.';
  static override examples = [
    '<%= config.bin %> backup verify ubuntu',
    '<%= config.bin %> backup verify --all --target offsite --sample 5 --json',
  ];
  static override args = { backup: Args.string({ description: 'Name of a backup, or its URL; or --all.' }) };
  static override flags = {
    all: switchFlag({ summary: 'Verify every backup of the target.' }),
    target: targetFlag,
    credentials: credentialsFlag,
    sample: Flags.string({
      helpValue: 'PERCENT',
      summary: 'Read only a random share of the blocks, above 0 and up to 100.',
    }),
    concurrency: concurrencyFlag,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(BackupVerify);
    if (flags.all === (args.backup !== undefined)) throw eitherOne();
    const samplePercent = flags.sample === undefined ? 100 : parsePercent(flags.sample);
    await using bench = await this.open(flags);
    const place =
      args.backup === undefined
        ? { store: await bench.openStore(flags.target, flags), name: undefined }
        : await bench.openBackup(args.backup, flags.target, flags);
    await using store = place.store;
    const result = await verify(
      { store, name: place.name, samplePercent },
      await bench.context(store, flags.concurrency),
    );
    bench.progress.stop();
    const rows = [
      ...result.items.map(({ name, ok, problems }) => [
        name,
        ok ? 'sound' : 'damaged',
        ok ? '' : `${problems.length} problems: ${problems[0]!.detail}`,
      ]),
      ...result.untried.map(({ name, message }) => [name, 'not tried', message]),
    ];
    this.log(table(['BACKUP', 'STATE', 'MESSAGE'], rows));
    if (!result.ok) throw failedVerification(result);
    return result;
  }
}

/** Damage is worse than a backup that could not be looked at. */
function failedVerification(result: VerifyResult): BackupError {
  const { problems, items, untried } = result;
  if (problems.length > 0) {
    const damaged = items.filter(({ ok }) => !ok).map(({ name }) => name);
    return new BackupError('DATA_CORRUPT', `${problems.length} blocks or digests are wrong in: ${damaged.join(', ')}`, {
      remedy: `Heal it with "hayloft backup repair ${damaged[0]!}" from an image or another store that has its bytes.`,
      result,
    });
  }
  const message = `${untried.length} of ${items.length + untried.length} backups could not be verified: ${untried[0]!.message}`;
  return new BackupError('PARTLY_UNTRIED', message, {
    remedy: 'Wait for runs that are in progress; delete backups whose config cannot be read.',
    result,
  });
}

const eitherOne = (): BackupError =>
  new BackupError('USAGE_INVALID', 'Name one backup, or say --all', {
    remedy: 'Run "hayloft backup list" for the names.',
  });
