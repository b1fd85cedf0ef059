import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { storeCases } from '@hayloft/engine/conformance';
import { hasServers, useServer } from '@hayloft/tool-servers';
import { makeSambaFolder, type SambaFolder, type SambaOpening } from './testing/samba-store.ts';

// Generous: starting servers on a busy machine takes its time.
jest.setTimeout(120_000);
const { signal } = new AbortController();
const describeWithServers = (await hasServers('samba')) ? describe : describe.skip;

interface Way {
  readonly way: string;
  readonly opening: SambaOpening;
  /** The long listing once is enough: what it shows is the same in each version. */
  readonly listCount: number;
}

const ways: readonly Way[] = [
  { way: 'SMB 2.0.2', opening: { mountOptions: ['vers=2.0'] }, listCount: 20 },
  { way: 'SMB 2.1', opening: { mountOptions: ['vers=2.1'] }, listCount: 20 },
  { way: 'SMB 3.0', opening: { mountOptions: ['vers=3.0'] }, listCount: 20 },
  { way: 'SMB 3.1.1', opening: {}, listCount: 1_001 },
  { way: 'SMB 3.0, encrypted', opening: { share: 'encrypted', mountOptions: ['vers=3.0'] }, listCount: 20 },
  { way: 'SMB 3.1.1, encrypted', opening: { mountOptions: ['seal'] }, listCount: 20 },
];

describeWithServers.each(ways)('a store on Samba keeps every promise by $way', ({ opening, listCount }) => {
  let folder: SambaFolder;
  beforeAll(async () => {
    folder = makeSambaFolder(await useServer('samba'));
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  for (const { name, run } of storeCases) {
    test(name, () => run(() => folder.open(opening), { signal, listCount }));
  }
});
