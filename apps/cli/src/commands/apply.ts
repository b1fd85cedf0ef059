import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { admit } from '../manifests/admission.ts';
import { appliedTargets } from '../manifests/applied-targets.ts';
import { carryOut } from '../manifests/carry-out.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { openObjectShelf } from '../manifests/object-shelf.ts';
import { inOrder } from '../manifests/order.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { runEach } from '../manifests/run-each.ts';
import { switchFlag } from '../shared-flags.ts';

export class Apply extends BaseCommand {
  static override summary = "Carry out Longhorn's manifests on this machine: images, backups, targets, Secrets.";
  static override description =
    'All objects are checked before anything is done; their order does not matter, and applying the same again changes nothing. Values of Secrets are kept only with --keep-secrets.';
  static override examples = [
    '<%= config.bin %> apply -f parrot.yaml',
    'kubectl get lhbi parrot -o yaml | <%= config.bin %> apply -f - --json',
  ];
  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      helpValue: 'FILE',
      summary: 'File, folder of .yaml files, or - for standard input.',
    }),
    wait: switchFlag({ summary: 'Wait until every object is done; on this machine always so.' }),
    'keep-secrets': switchFlag({
      summary: 'Keep the values of Secrets for later commands, readable by this user only.',
    }),
  };

  override async run(): Promise<object> {
    const { flags } = await this.parse(Apply);
    const manifests = admit(await readManifests(flags.file));
    await using bench = await this.open(flags);
    const shelf = openObjectShelf(bench.assembly.places);
    bench.setAppliedTargets(await appliedTargets(shelf, manifests));
    const rounds = await runEach(
      inOrder(manifests),
      async (object) => {
        const manifest = flags['keep-secrets'] ? object : withoutValues(object);
        // A target is one from now on, also while it cannot be reached.
        if (object.kind === 'BackupTarget') await shelf.keep({ manifest, ...unseenTarget });
        const reached = await carryOut(object, shelf, bench);
        if (object.kind !== 'StorageClass') await shelf.keep({ manifest, ...reached });
        return reached;
      },
      bench,
    );
    bench.progress.stop();
    this.log(rounds.table);
    if (rounds.failure !== undefined) throw rounds.failure;
    return { items: rounds.items };
  }
}

const unseenTarget = { state: 'Unavailable', status: { available: false } };

const withoutValues = (object: Manifest): Manifest => (object.kind === 'Secret' ? { ...object, values: {} } : object);
