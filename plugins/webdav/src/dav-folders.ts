import { dirname } from 'node:path/posix';
import type { CallOptions } from '@hayloft/engine';
import type { DavClient } from './dav-client.ts';
import { makeCollection } from './staging.ts';

/** The collections that are known to be there, so that each is made once and not asked for with every blob. */
export interface DavFolders {
  /** Makes the collections around a blob, the outer ones first. Resolves to whether one of them was missing. */
  make(path: string, call: CallOptions): Promise<boolean>;
  /** Somebody else may have removed them: they are made anew next time. */
  forget(path: string): void;
}

export function createDavFolders(client: DavClient): DavFolders {
  const known = new Map<string, Promise<boolean>>();

  async function makeFolder(folder: string, call: CallOptions): Promise<boolean> {
    const around = await makeAround(folder, call);
    return (await makeCollection(client, `${folder}/`, call)) || around;
  }

  async function makeAround(path: string, call: CallOptions): Promise<boolean> {
    const folder = dirname(path);
    if (folder === '.') return false;
    let made = known.get(folder);
    if (made === undefined) {
      made = makeFolder(folder, call);
      known.set(folder, made);
      made.catch(() => known.delete(folder));
    }
    return made;
  }

  return {
    make: makeAround,
    forget(path) {
      for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) known.delete(folder);
    },
  };
}
