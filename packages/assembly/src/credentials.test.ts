import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBackupError } from '@hayloft/engine';
import type { CredentialsPlace } from './configuration.ts';
import { parseCredentials, readCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hayloft-credentials-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shown = (credentials: Credentials): object =>
  Object.fromEntries([...credentials].map(([key, secret]) => [key, secret.reveal()]));

async function read(place: CredentialsPlace | undefined, scheme: string, environment = {}) {
  const said: string[] = [];
  const signal = AbortSignal.timeout(10_000);
  const assembly = { environment, say: (line: string) => said.push(line) };
  return { values: shown(await readCredentials(place, scheme, assembly, { signal })), said };
}

test('a file of lines and a folder as Kubernetes mounts a Secret say the same', async () => {
  const certificate = '-----BEGIN-----\nabc\n-----END-----';
  const text = `# keys\nAWS_ACCESS_KEY_ID = id\nexport AWS_SECRET_ACCESS_KEY='a=b #c'\r\nAWS_CERT="${certificate.replaceAll('\n', '\\n')}"\nCIFS_PASSWORD=other\nCRYPTO_KEY_VALUE=x\nNONSENSE=hush\n`;
  writeFileSync(join(folder, 'keys'), text);
  mkdirSync(join(folder, 'mounted/..data'), { recursive: true });
  const files = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'a=b #c\n', AWS_CERT: certificate, NONSENSE: 'hush' };
  for (const [key, value] of Object.entries(files)) writeFileSync(join(folder, 'mounted', key), value);
  for (const path of [join(folder, 'keys'), join(folder, 'mounted')]) {
    const { values, said } = await read({ kind: 'file', path }, 's3');
    expect(values).toEqual({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'a=b #c', AWS_CERT: certificate });
    // Keys of other stores are no news; one that nobody knows is, without its value.
    expect(said).toEqual([`Ignored the unknown key NONSENSE in ${path}.`]);
  }
});

test('without a place, a store takes its own variables of the environment and no other’s', async () => {
  const environment = { AWS_ACCESS_KEY_ID: 'a', CIFS_USERNAME: 'c', WEBDAV_TOKEN: 'w', HTTP_PROXY: 'p', AWS_EMPTY: '' };
  expect((await read(undefined, 's3', environment)).values).toEqual({ AWS_ACCESS_KEY_ID: 'a' });
  expect((await read(undefined, 'webdavs', environment)).values).toEqual({ WEBDAV_TOKEN: 'w' });
  expect((await read(undefined, 'file', environment)).values).toEqual({});
  const named = { kind: 'environment', names: ['AWS_ACCESS_KEY_ID', 'GONE'] } as const;
  await expect(read(named, 's3', environment)).rejects.toThrow('GONE');
});

test('whatever stands in a file, no message shows a value of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      try {
        for (const [, secret] of parseCredentials(`${text}\nK=hush`, 'keys')) expect(String(secret)).toBe('[secret]');
      } catch (error) {
        if (!isBackupError(error, 'CONFIGURATION_INVALID')) throw error;
        expect(error.message).toMatch(/^keys:\d+: this is no line of KEY=VALUE$/);
      }
    }),
  );
});
