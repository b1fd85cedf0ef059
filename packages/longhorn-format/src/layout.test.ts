import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockDigest } from './block-codec.ts';
import {
  blockKey,
  blocksPrefix,
  configKey,
  configsPrefix,
  lockKey,
  locksPrefix,
  parseBlockKey,
  parseConfigKey,
  parseLockKey,
} from './layout.ts';
import { checkName } from './names.ts';

const digest = '731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0';

test('keys are Longhorn’s', () => {
  expect(blockKey(digest)).toBe(`backupstore/backing-images/blocks/73/18/${digest}.blk`);
  expect(configKey('img-a')).toBe('backupstore/backing-images/backing-images/img-a/backing-image.cfg');
  expect(lockKey('lock-f2bc0336a94c438f')).toBe(
    'backupstore/volumes/22/fc/BACKINGIMAGE/locks/lock-f2bc0336a94c438f.lck',
  );
  expect(blockDigest(Buffer.from('BACKINGIMAGE'))).toMatch(/^22fc/);
});

test('a key leads back to what it was made from', () => {
  expect(parseBlockKey(blockKey(digest))).toBe(digest);
  expect(parseConfigKey(configKey('img-a'))).toBe('img-a');
  expect(parseLockKey(lockKey('lock-1'))).toBe('lock-1');
});

test.each([
  `${blocksPrefix}73/18/${digest}.blk.tmp.1700000000000000000`,
  `${blocksPrefix}73/19/${digest}.blk`,
  `${blocksPrefix}73/18/${digest.toUpperCase()}.blk`,
  `${blocksPrefix}73/18/${digest.slice(1)}.blk`,
  `${blocksPrefix}7318/${digest}.blk`,
  `other/${blocksPrefix}73/18/${digest}.blk`,
  `${configsPrefix}img-a/backing-image.cfg.tmp.1700000000000000000`,
  `${configsPrefix}img-a/b/backing-image.cfg`,
  `${configsPrefix}backing-image.cfg`,
  `${configsPrefix}/backing-image.cfg`,
  `${configsPrefix}../backing-image.cfg`,
  `${locksPrefix}.lck`,
  `${locksPrefix}lock-1.lck.tmp.1`,
])('%s is no block, no config and no lock', (key) => {
  expect([parseBlockKey(key), parseConfigKey(key), parseLockKey(key)]).toEqual([undefined, undefined, undefined]);
});

test('a config under a name that Longhorn would not take is seen, so that its blocks are not swept away', () => {
  expect(parseConfigKey(`${configsPrefix}x/backing-image.cfg`)).toBe('x');
  expect(parseConfigKey(`${configsPrefix}ä b/backing-image.cfg`)).toBe('ä b');
});

test('no name leads out of the folder of configs', () => {
  for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', 'a\0b']) {
    expect(() => configKey(name)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  }
});

test('names follow Longhorn’s rule', () => {
  for (const name of ['ab', 'A1', '0.', 'a_b-c.d', 'a'.repeat(64)]) expect(() => checkName(name)).not.toThrow();
  for (const name of ['', 'a', '-a', '.a', '_a', 'a b', 'a/b', 'ä1', 'ab\n', 'a'.repeat(65)]) {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  }
});

test('whatever the key, parsing it never throws, and a name found in it is safe', () => {
  fc.assert(
    fc.property(fc.constantFrom(blocksPrefix, configsPrefix, locksPrefix, ''), fc.string(), (prefix, rest) => {
      for (const suffix of ['', '.blk', '.lck', '/backing-image.cfg']) {
        const key = `${prefix}${rest}${suffix}`;
        const found = [parseBlockKey(key), parseConfigKey(key), parseLockKey(key)];
        for (const name of found) expect(name ?? '').not.toMatch(/^\.\.?$|[/\\\0]/);
      }
    }),
  );
});
