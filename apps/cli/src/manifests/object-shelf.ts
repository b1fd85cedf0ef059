import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@hayloft/assembly';
import type { Places } from '@hayloft/assembly';
import type { Kind } from './manifest-schemas.ts';
import type { Manifest } from './manifest.ts';

/** An object as it was applied, and what became of it. */
export interface KeptObject {
  readonly manifest: Manifest;
  readonly state: string;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Where applied objects are kept: one private file each. A file that cannot be read counts as none. */
export interface ObjectShelf {
  get(manifest: Pick<Manifest, 'kind' | 'namespace' | 'name'>): Promise<KeptObject | undefined>;
  list(kind: Kind): Promise<readonly KeptObject[]>;
  keep(object: KeptObject): Promise<void>;
  forget(manifest: Manifest): Promise<void>;
}

export function openObjectShelf({ state }: Pick<Places, 'state'>): ObjectShelf {
  const folder = join(state, 'objects');
  const fileOf = ({ kind, namespace, name }: Pick<Manifest, 'kind' | 'namespace' | 'name'>): string =>
    join(folder, kind, `${encodeURIComponent(namespace)}%2F${encodeURIComponent(name)}.json`);
  return {
    get: async (manifest) => read(fileOf(manifest)),
    list: async (kind) => {
      const files = await readdir(join(folder, kind)).catch(() => []);
      const objects = await Promise.all(files.sort().map(async (file) => read(join(folder, kind, file))));
      return objects.filter((object) => object !== undefined);
    },
    keep: async (object) => writeFileAtomically(fileOf(object.manifest), `${JSON.stringify(object, null, 2)}\n`),
    forget: async (manifest) => rm(fileOf(manifest), { force: true }),
  };
}

async function read(file: string): Promise<KeptObject | undefined> {
  try {
    const object = JSON.parse(await readFile(file, 'utf8')) as Partial<KeptObject> | null;
    return object?.manifest === undefined || object.status === undefined ? undefined : (object as KeptObject);
  } catch {
    return undefined;
  }
}
