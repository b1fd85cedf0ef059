import { expect, test } from '@jest/globals';
import { pluginNames } from './plugin-names.ts';

test.each([
  ['swift', 'swift', 'swift', 'Swift'],
  ['hayloft-swift', 'swift', 'swift', 'Swift'],
  ['hayloft-plugin-swift', 'swift', 'swift', 'Swift'],
  ['@acme/hayloft-open-stack.2', 'open-stack-2', 'openStack2', 'OpenStack2'],
])('%s selects its store by %s', (packageName, type, constant, typeName) => {
  expect(pluginNames(packageName)).toMatchObject({ packageName, type, constant, typeName });
});

test.each(['', 'Swift', '../swift', 'a/b', '@acme', '-x', 'hayloft-', 'hayloft-2', 'a..b', 'schön', 'a b'])(
  '"%s" is refused with a better one',
  (packageName) => {
    expect(() => pluginNames(packageName)).toThrow('hayloft-swift');
  },
);
