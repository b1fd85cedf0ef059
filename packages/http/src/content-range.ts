/** Where the bytes of a 206 answer belong: `[offset, offset + length)` of `totalBytes`, which the server may not know. */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
  readonly totalBytes: number | undefined;
}

/** Reads `bytes 0-99/1000`; undefined for anything that is not a range that exists. */
export function parseContentRange(value: string): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(value.trim());
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const totalBytes = match[3] === '*' ? undefined : Number(match[3]);
  if (![first, last, totalBytes ?? 0].every(Number.isSafeInteger)) return undefined;
  if (last < first || (totalBytes !== undefined && last >= totalBytes)) return undefined;
  return { offset: first, length: last - first + 1, totalBytes };
}

/** The size that a 416 answer states (`bytes` star, slash, size); undefined for anything else. */
export function parseUnsatisfiedRange(value: string | undefined): number | undefined {
  const size = /^bytes \*\/(\d{1,15})$/i.exec(value?.trim() ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}
