import { Args } from '@oclif/core';
import { unlockStore } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { confirm } from '../../confirm.ts';
import { confirmationFlags, credentialsFlag, switchFlag } from '../../shared-flags.ts';
import { table } from '../../table.ts';

export class StoreUnlock extends BaseCommand {
  static override summary = 'Show the locks of a store and remove those that protect nothing any more.';
  static override description =
    'Hardly ever needed: a lock whose run died is ignored by itself. --force also removes locks of runs that are alive, which may cost them their backup.';
  static override examples = [
    '<%= config.bin %> store unlock default --dry-run',
    '<%= config.bin %> store unlock default --yes',
  ];
  static override args = { target: Args.string({ default: 'default', description: 'Name of a target, or its URL.' }) };
  static override flags = {
    force: switchFlag({ summary: 'Remove every lock, also of runs that are alive.' }),
    credentials: credentialsFlag,
    ...confirmationFlags,
  };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreUnlock);
    const { force } = flags;
    await using bench = await this.open(flags);
    await using store = await bench.openStore(args.target, flags);
    const what = force ? 'Every lock' : 'Locks that protect nothing any more';
    await confirm(`${what} in ${store.location} will be removed.`, flags, bench);
    const result = await unlockStore(store, { dryRun: flags['dry-run'], force }, await bench.context(store));
    const rows = result.locks.map(({ name, type, ageSeconds, stale }) => [
      name,
      type,
      `${ageSeconds} s`,
      stale ? 'stale' : 'alive',
      result.removed.includes(name) ? (result.dryRun ? 'would be removed' : 'removed') : 'kept',
    ]);
    this.log(table(['LOCK', 'TYPE', 'AGE', 'STATE', 'NOW'], rows));
    return result;
  }
}
