import type { VerifiedBackup, VerifyProblem, VerifyResult } from '@hayloft/engine';
import { expect, test } from '@jest/globals';
import { failedVerification } from './failed-verification.ts';

const backupWith = (name: string, ...kinds: VerifyProblem['kind'][]): VerifiedBackup => ({
  name,
  url: `file:///store/?backingImage=${name}`,
  ok: kinds.length === 0,
  sizeBytes: 1,
  problems: kinds.map((kind) => ({ kind, backup: name, detail: `${name} is ${kind}` })),
});

const resultOf = (...items: VerifiedBackup[]): VerifyResult => ({
  ok: false,
  items,
  problems: items.flatMap(({ problems }) => problems),
  untried: [],
});

test('blocks that the store did not give are no damage: they could not be tried', () => {
  const error = failedVerification(resultOf(backupWith('sound'), backupWith('far', 'unreadable', 'unreadable')));
  expect(error).toMatchObject({
    code: 'PARTLY_UNTRIED',
    message: '1 of 2 backups could not be verified: far is unreadable',
  });
});

test('damage is said first, and only of the backups that have it', () => {
  const error = failedVerification(
    resultOf(backupWith('far', 'unreadable'), backupWith('bad', 'unreadable', 'corrupt')),
  );
  expect(error).toMatchObject({ code: 'DATA_CORRUPT', message: '1 blocks or digests are wrong in: bad' });
});
