import { listBackups } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { formatBytes } from '../../format.ts';
import { credentialsFlag, targetFlag } from '../../shared-flags.ts';
import { table } from '../../table.ts';

export class BackupList extends BaseCommand {
  static override summary = 'List the backups of a target.';
  static override examples = ['<%= config.bin %> backup list', '<%= config.bin %> backup list --target offsite --json'];
  static override flags = { target: targetFlag, credentials: credentialsFlag };

  override async run(): Promise<object> {
    const { flags } = await this.parse(BackupList);
    await using bench = await this.open(flags);
    await using store = await bench.openStore(flags.target, flags);
    const items = await listBackups(store, await bench.context(store));
    const rows = items.map(({ name, sizeBytes, state, completedAt, url }) => [
      name,
      state === 'Unknown' ? '' : formatBytes(sizeBytes),
      state,
      completedAt,
      url,
    ]);
    this.log(table(['NAME', 'SIZE', 'STATE', 'COMPLETED', 'URL'], rows));
    for (const { name, message } of items)
      if (message !== undefined) bench.assembly.say(`Warning: ${name}: ${message}`);
    return { items };
  }
}
