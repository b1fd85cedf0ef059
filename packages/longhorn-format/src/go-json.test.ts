import { expect, test } from '@jest/globals';
import { goJsonMap, goJsonString } from './go-json.ts';

test.each([
  ['<b>&', '"\\u003cb\\u003e\\u0026"'],
  ['\u2028\u2029', '"\\u2028\\u2029"'],
  ['"\\/', '"\\"\\\\/"'],
  ['\b\f\n\r\t', '"\\b\\f\\n\\r\\t"'],
  ['\u0000\u001f\u007f', '"\\u0000\\u001f\u007f"'],
  ['é漢😀\ufffd', '"é漢😀\ufffd"'],
  ['a\ud800b\udc00', '"a\\ufffdb\\ufffd"'],
])('%j is written as Go writes it', (text, json) => {
  expect(goJsonString(text)).toBe(json);
});

test('the keys of a map stand in the order of their UTF-8 bytes, not of their UTF-16 units', () => {
  const map = { '\u{1f404}': '3', '\uff01': '2', '10': '1', '9': '1', a: '1' };
  expect(goJsonMap(map)).toBe('{"10":"1","9":"1","a":"1","\uff01":"2","\u{1f404}":"3"}');
});

test('no map is null, an empty one is not', () => {
  expect([goJsonMap(undefined), goJsonMap({})]).toEqual(['null', '{}']);
});
