import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { confirm } from '../confirm.ts';
import { admit } from '../manifests/admission.ts';
import { appliedTargets } from '../manifests/applied-targets.ts';
import { nameOf } from '../manifests/manifest.ts';
import { openObjectShelf } from '../manifests/object-shelf.ts';
import { inOrder } from '../manifests/order.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { runEach } from '../manifests/run-each.ts';
import { takeDown } from '../manifests/take-down.ts';
import { confirmationFlags } from '../shared-flags.ts';

export class Delete extends BaseCommand {
  static override summary = 'Remove the objects of manifests, with their images and backups.';
  static override examples = [
    '<%= config.bin %> delete -f parrot.yaml --dry-run',
    '<%= config.bin %> delete -f parrot.yaml --yes',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      helpValue: 'FILE',
      summary: 'File, folder of .yaml files, or - for standard input.',
    }),
    ...confirmationFlags,
  };

  override async run(): Promise<object> {
    const { flags } = await this.parse(Delete);
    const manifests = admit(await readManifests(flags.file));
    await using bench = await this.open(flags);
    const dryRun = flags['dry-run'];
    await confirm(`${manifests.map(nameOf).join(', ')} will be deleted, with their images and backups.`, flags, bench);
    const shelf = openObjectShelf(bench.assembly.places);
    bench.setAppliedTargets(await appliedTargets(shelf, manifests));
    const objects = [...inOrder(manifests)].reverse();
    const rounds = await runEach(objects, (object) => takeDown(object, dryRun, shelf, bench), bench);
    bench.progress.stop();
    this.log(rounds.table);
    if (rounds.failure !== undefined) throw rounds.failure;
    return { items: rounds.items, dryRun };
  }
}
