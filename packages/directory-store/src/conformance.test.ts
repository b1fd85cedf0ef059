import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { createDirectoryStore } from './create-directory-store.ts';

const path = mkdtempSync(join(tmpdir(), 'hayloft-conformance-'));
const { signal } = new AbortController();
afterAll(() => rmSync(path, { recursive: true, force: true }));

for (const { name, run } of storeCases) {
  test(name, () => run(() => createDirectoryStore({ path, location: 'file:///conformance/' }), { signal }), 60_000);
}
