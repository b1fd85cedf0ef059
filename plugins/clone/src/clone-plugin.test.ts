import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { silentLogger } from '@hayloft/engine';
import { clonePlugin } from './clone-plugin.ts';

const folder = mkdtempSync(join(tmpdir(), 'hayloft-clone-'));
const { signal } = new AbortController();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a clone is the file of the image, and carries the checksum that the copy must have', async () => {
  const path = join(folder, 'backing');
  writeFileSync(path, 'bytes');
  const checksum = 'a'.repeat(128);
  const options = clonePlugin.options.parse({ name: 'parrot', path, checksum, encryption: 'ignore' });
  await using source = await clonePlugin.open(options, { signal, logger: silentLogger, credentials: new Map() });
  expect(source).toMatchObject({ description: 'the image "parrot"', sizeBytes: 5, file: { path }, checksum });
});

test.each(['encrypt', 'decrypt'])('"encryption: %s" is refused with what is possible', (encryption) => {
  const refusal = { code: 'SOURCE_INVALID', remedy: expect.stringContaining('later version') };
  const options = { name: 'parrot', path: '/x', encryption };
  expect(() => clonePlugin.options.parse(options)).toThrow(expect.objectContaining(refusal));
});

test.each([
  ['no image', { path: '/x' }],
  ['no file', { name: 'x' }],
  ['an unknown option', { name: 'x', path: '/x', secret: 's' }],
  ['an unknown word for the encryption', { name: 'x', path: '/x', encryption: 'yes' }],
])('%s is CONFIGURATION_INVALID', (_, options) => {
  expect(() => clonePlugin.options.parse(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});
