import { Args, Flags } from '@oclif/core';
import { BackupError, verify } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { failedVerification, isUnread } from '../../failed-verification.ts';
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
        ok ? 'sound' : isUnread({ problems }) ? 'not read' : 'damaged',
        ok ? '' : `${problems.length} problems: ${problems[0]!.detail}`,
      ]),
      ...result.untried.map(({ name, message }) => [name, 'not tried', message]),
    ];
    this.log(table(['BACKUP', 'STATE', 'MESSAGE'], rows));
    if (!result.ok) throw failedVerification(result);
    return result;
  }
}

const eitherOne = (): BackupError =>
  new BackupError('USAGE_INVALID', 'Name one backup, or say --all', {
    remedy: 'Run "hayloft backup list" for the names.',
  });
