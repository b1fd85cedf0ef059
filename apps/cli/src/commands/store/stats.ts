import { Args } from '@oclif/core';
import { storeStats } from '@hayloft/engine';
import { BaseCommand } from '../../base-command.ts';
import { formatBytes } from '../../format.ts';
import { credentialsFlag } from '../../shared-flags.ts';

export class StoreStats extends BaseCommand {
  static override summary = 'Count what a store holds: backups, blocks, bytes, locks.';
  static override examples = ['<%= config.bin %> store stats default', '<%= config.bin %> store stats offsite --json'];
  static override args = { target: Args.string({ default: 'default', description: 'Name of a target, or its URL.' }) };
  static override flags = { credentials: credentialsFlag };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreStats);
    await using bench = await this.open(flags);
    await using store = await bench.openStore(args.target, flags);
    const stats = await storeStats(store, await bench.context(store));
    const { images, blocks, bytes, locks } = stats;
    this.log(
      [
        stats.location,
        `backups  ${images.completed} complete, ${images.inProgress} in progress, ${images.unreadable} unreadable; ${formatBytes(images.sizeBytes)} of images`,
        `blocks   ${blocks.total} (${formatBytes(bytes.total)}); ${blocks.shared} shared by several backups (${formatBytes(bytes.shared)})`,
        `orphans  ${blocks.orphans} (${formatBytes(bytes.orphans)})`,
        `missing  ${blocks.missing}`,
        `locks    ${locks.length}${locks.length === 0 ? '' : `: ${locks.map(({ name, type, ageSeconds, stale }) => `${name} (${type}, ${ageSeconds} s old${stale ? ', stale' : ''})`).join(', ')}`}`,
      ].join('\n'),
    );
    return stats;
  }
}
