/**
 * JSON exactly as Go's `encoding/json` writes it, which `JSON.stringify` does not: `<`, `>`, `&`, U+2028 and U+2029 are
 * escaped, and map keys stand in the order of their UTF-8 bytes. Longhorn's files are to be equal byte by byte.
 */
export function goJsonString(text: string): string {
  return `"${text.replace(mustEscape, escapeCharacter)}"`;
}

/** A string map; undefined is Go's nil map, `null`. */
export function goJsonMap(map: Readonly<Record<string, string>> | undefined): string {
  if (map === undefined) return 'null';
  const entries = Object.entries(map).map(([key, value]) => ({ key, value, bytes: Buffer.from(key) }));
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return `{${entries.map(({ key, value }) => `${goJsonString(key)}:${goJsonString(value)}`).join(',')}}`;
}

// With the `u` flag, \p{Surrogate} matches only surrogates without their other half.
// eslint-disable-next-line no-control-regex -- control characters are what has to be escaped
const mustEscape = /[\u0000-\u001f"\\<>&\u2028\u2029]|\p{Surrogate}/gu;

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  // Half a character has no UTF-8; Go writes the replacement character for what is not UTF-8.
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
