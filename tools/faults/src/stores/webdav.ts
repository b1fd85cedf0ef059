import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { webdavPlugin } from '@hayloft/plugin-webdav';
import { useServer } from '@hayloft/tool-servers';
import { webdavDialect } from '../http/webdav-dialect.ts';
import type { StoreUnderTest } from '../run/store-under-test.ts';
import { leavesServerOut, makeHttpPlace, makesEveryFault } from './http-place.ts';
import { pluginContext } from './plugin-context.ts';

/** The `webdav` plugin before one of the WebDAV servers; Longhorn's library reads the server's folder. */
const webdavStore = (name: string, server: 'apache-dav' | 'nginx-dav'): StoreUnderTest => ({
  name,
  type: 'webdav',
  servers: [server],
  makes: makesEveryFault,
  async start() {
    const used = await useServer(server);
    const { origin, root, user, password } = used.config;
    const keys = { WEBDAV_USERNAME: user, WEBDAV_PASSWORD: password };
    const run = `faults-${randomUUID()}`;
    return {
      async makePlace(place) {
        const path = join(root, run, place);
        await mkdir(path, { recursive: true });
        return makeHttpPlace({
          origin,
          dialect: webdavDialect,
          open: (at, signal) => {
            const options = webdavPlugin.options.parse({ url: `${at}/basic/${run}/${place}/` });
            return webdavPlugin.open(options, pluginContext(keys, signal));
          },
          longhorn: { url: `vfs://${path}/`, env: {} },
        });
      },
      [Symbol.asyncDispose]: () => used[Symbol.asyncDispose](),
    };
  },
});

export const apacheStore: StoreUnderTest = webdavStore('webdav: Apache', 'apache-dav');
export const nginxStore: StoreUnderTest = { ...webdavStore('webdav: nginx', 'nginx-dav'), skips: leavesServerOut };
