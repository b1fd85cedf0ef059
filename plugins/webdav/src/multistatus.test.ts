import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMultistatus } from './multistatus.ts';

const wrap = (inside: string): string => `<?xml version="1.0"?><multistatus xmlns="DAV:">${inside}</multistatus>`;
const entry = (href: string, properties: string): string =>
  `<response><href>${href}</href><propstat><prop>${properties}</prop><status>HTTP/1.1 200 OK</status></propstat></response>`;

test('names, numbers and entities stay what they are', async () => {
  const names = ['/2024.10', '/007', '/1e3', '/a&amp;b', '/true', '/&lt;x&gt;'];
  const entries = await parseMultistatus(wrap(names.map((href) => entry(href, '<resourcetype/>')).join('')));
  expect(entries.map(({ href }) => href)).toEqual(['/2024.10', '/007', '/1e3', '/a&b', '/true', '/<x>']);
});

test('ten thousand members whose names hold entities are all there', async () => {
  const inside = Array.from({ length: 10_000 }, (_, index) =>
    entry(`/a&amp;b/${index}`, '<getcontentlength>1</getcontentlength>'),
  );
  const entries = await parseMultistatus(wrap(inside.join('\n')));
  expect(new Set(entries.map(({ href }) => href)).size).toBe(10_000);
});

test.each([
  [
    'a prefix',
    '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href><D:propstat><D:prop><D:getcontentlength>5</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>\n',
  ],
  ['attributes', wrap(entry('/a', '<getcontentlength x:type="int" xmlns:x="x">5</getcontentlength>'))],
  ['blanks', wrap(entry(' /a\n', '\n<getcontentlength> 5 </getcontentlength>\n'))],
  ['CDATA', wrap(entry('<![CDATA[/a]]>', '<getcontentlength>5</getcontentlength>'))],
])('%s does not matter', async (_, xml) => {
  expect(await parseMultistatus(xml)).toMatchObject([{ href: '/a', sizeBytes: 5, status: 200, described: true }]);
});

test.each(['-1', '1.5', '0x10', '', '9'.repeat(20)])('"%s" is no size', async (size) => {
  const [found] = await parseMultistatus(wrap(entry('/a', `<getcontentlength>${size}</getcontentlength>`)));
  expect(found!.sizeBytes).toBeUndefined();
});

test('a multistatus that is cut anywhere is none', async () => {
  const whole = wrap(['/a', '/b'].map((href) => entry(href, '<getcontentlength>5</getcontentlength>')).join(''));
  for (let length = 0; length < whole.length; length++) {
    await expect(parseMultistatus(whole.slice(0, length))).rejects.toThrow();
  }
});

test('whatever a server sends, it is a list or an error', async () => {
  const piece = fc.constantFrom(
    '<multistatus>',
    '</multistatus>',
    '<response>',
    '</response>',
    '<href>',
    '/a',
    '</href>',
    '&amp;',
    '<prop/>',
    '<',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(piece, fc.string())), async (pieces) => {
      const entries = await parseMultistatus(pieces.join('')).catch((error: unknown) => error);
      expect(Array.isArray(entries) || Error.isError(entries)).toBe(true);
    }),
  );
});
