import type { CredentialsPlace, TargetConfiguration } from '@hayloft/assembly';
import { Secret } from '@hayloft/engine';
import type { BackupTarget, Manifest, SecretManifest } from './manifest.ts';
import type { ObjectShelf } from './object-shelf.ts';

/** The targets that BackupTarget objects describe: those that are kept, and before them those of the given manifests. */
export async function appliedTargets(
  shelf: ObjectShelf,
  manifests: readonly Manifest[] = [],
): Promise<readonly TargetConfiguration[]> {
  const all = async <K extends 'BackupTarget' | 'Secret'>(kind: K): Promise<Extract<Manifest, { kind: K }>[]> =>
    [...(await shelf.list(kind)).map(({ manifest }) => manifest), ...manifests].filter(
      (manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind,
    );
  const secrets = await all('Secret');
  const byName = new Map((await all('BackupTarget')).map((target) => [target.name, target]));
  return [...byName.values()].flatMap((target) => {
    const url = target.spec.backupTargetURL ?? '';
    if (url === '') return [];
    const credentials = credentialsOf(target, secrets);
    const place = { kind: 'url', url } as const;
    return [{ name: target.name, place, credentials, mountedAt: undefined, origin: `BackupTarget ${target.name}` }];
  });
}

function credentialsOf(
  { name, namespace, spec }: BackupTarget,
  secrets: readonly SecretManifest[],
): CredentialsPlace | undefined {
  const wanted = spec.credentialSecret ?? '';
  if (wanted === '') return undefined;
  const found = secrets.findLast((secret) => secret.name === wanted && secret.namespace === namespace);
  if (found === undefined || Object.keys(found.values).length === 0) {
    return {
      kind: 'missing',
      why: `The values of Secret ${wanted}, which BackupTarget ${name} names, are not here`,
      remedy: 'Apply the Secret along with what needs it, or once with --keep-secrets.',
    };
  }
  const values = new Map(Object.entries(found.values).map(([key, value]) => [key, new Secret(value)]));
  return { kind: 'values', values, from: `Secret ${wanted}` };
}
