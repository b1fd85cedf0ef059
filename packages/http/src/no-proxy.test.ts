import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseNoProxy } from './no-proxy.ts';

test.each([
  ['', 'http://example.com/', false],
  ['*', 'http://example.com/', true],
  ['example.com', 'http://example.com/', true],
  ['example.com', 'http://cdn.EXAMPLE.com./', true],
  ['example.com', 'http://badexample.com/', false],
  ['.example.com', 'http://example.com/', true],
  ['*.example.com', 'http://a.b.example.com/', true],
  ['EXAMPLE.com:8080', 'http://example.com:8080/', true],
  ['example.com:8080', 'http://example.com/', false],
  ['example.com:443', 'https://example.com/', true],
  ['a.org, b.org c.org', 'http://c.org/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['10.0.0.0/8', 'http://host.internal/', false],
  ['127.0.0.1', 'http://127.0.0.1:5000/', true],
  ['0.0.1', 'http://127.0.0.1/', false],
  ['::1', 'http://[::1]:80/', true],
  ['[::1]:81', 'http://[::1]:80/', false],
  ['fd00::/8', 'http://[fd12::1]/', true],
])('no proxy for "%s": %s goes directly: %s', (list, url, direct) => {
  expect(parseNoProxy(list)(new URL(url))).toBe(direct);
});

test.each(['10.0.0.0/33', 'host/8', '10.0.0.0/', '/8'])('"%s" is a configuration error', (rule) => {
  expect(() => parseNoProxy(rule)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
});

test('any list is read or refused with a code', () => {
  fc.assert(
    fc.property(fc.string(), fc.webUrl(), (list, url) => {
      try {
        parseNoProxy(list)(new URL(url));
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      }
    }),
  );
});
