import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { BackupStore } from '@hayloft/engine';
import { storeCases, type StoreCaseOptions } from '@hayloft/engine/conformance';
import { hasServers, libnfs5, useServer, type GaneshaServerConfig, type UsedServer } from '@hayloft/tool-servers';
import { versionsWith } from './testing/libraries.ts';
import { openGate, type Gate } from './testing/open-gate.ts';
import { openUrl, signal, urlOf } from './testing/open-share.ts';

const describeWithServers = (await hasServers('ganesha')) ? describe : describe.skip;

describeWithServers.each(versionsWith(libnfs5.program))(
  'a store on an NFSv%i share keeps every promise',
  (version, library) => {
    const folder = randomUUID();
    let server: UsedServer<GaneshaServerConfig>;
    let gates: Gate[];
    beforeAll(async () => {
      server = await useServer('ganesha');
      await mkdir(join(server.config.root, folder));
      gates = await Promise.all([openGate(server.config.port), openGate(server.config.mountPort)]);
    });
    afterAll(async () => {
      for (const gate of gates) await gate[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    const open = (path: string, through: Partial<GaneshaServerConfig> = {}): Promise<BackupStore> =>
      openUrl(urlOf({ ...server.config, ...through }, path, `vers=${version}`), library);
    const openThroughGates = (): Promise<BackupStore> =>
      open(`/export/${folder}`, { port: gates[0]!.port, mountPort: gates[1]!.port });

    /** The trouble that a case asks for, and the share that it is brought about on. */
    const troubles: Readonly<Record<string, () => [path: string, options: Partial<StoreCaseOptions>]>> = {
      'full store': () => ['/small', { roomBytes: 8 * 1024 * 1024 }],
      'a refusal is no absence': () => [`/export/${folder}`, { openRefused: () => open('/squashed') }],
    };
    const outage: StoreCaseOptions['outage'] = {
      async open() {
        const store = await openThroughGates();
        for (const gate of gates) gate.shut();
        return store;
      },
      attempts: () => gates.reduce((sum, { connections }) => sum + connections, 0),
    };

    for (const { name, needs, run } of storeCases) {
      test(name, async () => {
        const [path, options] = troubles[name]?.() ?? [`/export/${folder}`, needs === 'outage' ? { outage } : {}];
        // v4 takes a path in one request, and servers take only so many parts of it.
        const keyLengthMax = version === 4 ? 100 : 255;
        await run(() => open(path), { signal, keyLengthMax, ...options });
      });
    }
  },
);
