import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nfsPlugin } from '@hayloft/plugin-nfs';
import { useServer } from '@hayloft/tool-servers';
import { nfsPurposeOf } from '../bytes/nfs-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { pluginContext } from './plugin-context.ts';
import { makeSharePlace, makesOnShare } from './share-place.ts';

/** The `nfs` plugin, which speaks NFSv3 by libnfs, before Ganesha. Only NFS itself goes through the proxy, not mounting. */
export const ganeshaStore: StoreUnderTest = {
  name: 'nfs: Ganesha',
  type: 'nfs',
  servers: ['ganesha'],
  makes: makesOnShare,
  async start() {
    const used = await useServer('ganesha');
    const { host, port, mountPort, root, export: exported } = used.config;
    const run = `faults-${randomUUID()}`;
    return {
      async makePlace(place) {
        const path = join(root, run, place);
        await mkdir(path, { recursive: true });
        return makeSharePlace({
          host,
          port,
          path,
          purposeOf: nfsPurposeOf,
          open: (at, signal) => {
            const mountOptions = ['vers=3', `port=${at}`, `mountport=${mountPort}`];
            const options = { host, path: `${exported}/${run}/${place}`, mountOptions };
            return nfsPlugin.open(nfsPlugin.options.parse(options), pluginContext({}, signal));
          },
        });
      },
      [Symbol.asyncDispose]: () => used[Symbol.asyncDispose](),
    };
  },
};
