// Constants of the LZ4 block format, and the copy that both directions share.

export const minMatch: usize = 4;
/** A block ends with at least five literals … */
export const lastLiterals: usize = 5;
/** … and its last match starts at least twelve bytes before the end. */
export const matchFreeTail: usize = 12;
/** The largest length that a token's half holds without further bytes. */
export const runMask: usize = 15;

/**
 * Copies `length` bytes between regions that do not overlap and returns the end of the copy. Sixteen bytes at a time
 * where neither `targetEnd` nor `sourceEnd` is near: what is written too much is overwritten later.
 */
export function copyWithin(target: usize, source: usize, length: usize, targetEnd: usize, sourceEnd: usize): usize {
  const end = target + length;
  if (end + 16 <= targetEnd && source + length + 16 <= sourceEnd) {
    do {
      store<u64>(target, load<u64>(source));
      store<u64>(target, load<u64>(source, 8), 8);
      target += 16;
      source += 16;
    } while (target < end);
  } else memory.copy(target, source, length);
  return end;
}
