import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cifsPlugin } from '@hayloft/plugin-cifs';
import { useServer } from '@hayloft/tool-servers';
import { smbPurposeOf } from '../bytes/smb-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { pluginContext } from './plugin-context.ts';
import { makeSharePlace, makesOnShare } from './share-place.ts';

/** The `cifs` plugin, which speaks SMB itself, before Samba. */
export const sambaStore: StoreUnderTest = {
  name: 'cifs: Samba',
  type: 'cifs',
  servers: ['samba'],
  makes: makesOnShare,
  async start() {
    const used = await useServer('samba');
    const { host, port, root, user, password } = used.config;
    const keys = { CIFS_USERNAME: user, CIFS_PASSWORD: password };
    const run = `faults-${randomUUID()}`;
    return {
      async makePlace(place) {
        const path = join(root, run, place);
        await mkdir(path, { recursive: true });
        return makeSharePlace({
          host,
          port,
          path,
          purposeOf: smbPurposeOf,
          open: (at, signal) => {
            const options = { host, share: 'share', folder: `${run}/${place}`, mountOptions: [`port=${at}`] };
            return cifsPlugin.open(cifsPlugin.options.parse(options), pluginContext(keys, signal));
          },
        });
      },
      [Symbol.asyncDispose]: () => used[Symbol.asyncDispose](),
    };
  },
};
