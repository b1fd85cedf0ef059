import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { createShareStore } from './create-share-store.ts';

const path = mkdtempSync(join(tmpdir(), 'hayloft-share-'));
const { signal } = new AbortController();
const entry = new URL('./testing/folder-process.ts', import.meta.url);
afterAll(() => rmSync(path, { recursive: true, force: true }));

const open = () =>
  createShareStore({ entry, settings: { path }, location: 'share://conformance/', callMsMax: 60_000, signal });

for (const { name, run } of storeCases) test(name, async () => void (await run(open, { signal })));
