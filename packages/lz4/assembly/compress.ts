// LZ4 block compression, the "fast" level: one hash table of positions, greedy matches, growing steps through data
// that does not compress. The format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md

import { copyWithin, lastLiterals, matchFreeTail, minMatch, runMask } from './format';

/**
 * 2^13 half-word positions: 16 KiB, which the first-level cache holds beside the data. Measured on OS files against
 * 2^12 words (liblz4's choice, as many bytes): as fast, and 2.8 % smaller. 2^14 gains 1.8 % more and costs 5 to 10 %.
 */
const hashLog: u32 = 13;
/** After 2^6 misses the step grows by one, so incompressible data is left behind quickly. */
const skipTrigger: u32 = 6;

export function tableBytes(): u32 {
  return 2 << hashLog;
}

/** Five bytes decide; the multiplier is the format's usual prime. */
function hashAt(address: usize): usize {
  return (<usize>(((load<u64>(address) << 24) * 889523592379) >> (64 - hashLog))) << 1;
}

/**
 * How far before `position` its predecessor with the same hash stands, 0…65535, and enters `position` instead. A slot
 * keeps the lower half of a position, all that the window of 64 KiB needs; what stood there longer ago, or never, gives
 * some distance too, so the caller compares bytes: distance 0 and whatever lies before the block are no match.
 */
function distanceTo(slot: usize, position: usize): usize {
  const distance = (position - <usize>load<u16>(slot)) & 0xffff;
  store<u16>(slot, <u16>position);
  return distance;
}

/** How many bytes are equal at `a` and `b` (`b` lies lower), reading no further than `limit` at `a`. */
function countEqual(a: usize, b: usize, limit: usize): usize {
  const start = a;
  while (a + 8 <= limit) {
    const difference = load<u64>(a) ^ load<u64>(b);
    if (difference != 0) return a - start + ((<usize>ctz(difference)) >> 3);
    a += 8;
    b += 8;
  }
  while (a < limit && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return a - start;
}

/** Writes the rest of a length that did not fit into its half of the token. */
function putLength(output: usize, length: usize): usize {
  while (length >= 255) {
    store<u8>(output++, 255);
    length -= 255;
  }
  store<u8>(output++, <u8>length);
  return output;
}

/** Writes the last literals, from `anchor` to `end`, and returns the length of the whole block, or 0. */
function finish(output: usize, anchor: usize, end: usize, target: usize, outputEnd: usize): u32 {
  const literals = end - anchor;
  if (output + 1 + literals + (literals + 240) / 255 > outputEnd) return 0;
  output = putLiterals(output, anchor, literals, outputEnd, end);
  return <u32>(output - target);
}

/** Writes a token, a run of literals and nothing of the match; the token's lower half is 0. */
function putLiterals(output: usize, anchor: usize, literals: usize, outputEnd: usize, sourceEnd: usize): usize {
  if (literals >= runMask) {
    store<u8>(output++, <u8>(runMask << 4));
    output = putLength(output, literals - runMask);
  } else store<u8>(output++, <u8>(literals << 4));
  return copyWithin(output, anchor, literals, outputEnd, sourceEnd);
}

/**
 * Packs `length` bytes at `source` into at most `capacity` bytes at `target` and returns how many it made, or 0 when
 * they do not fit. `table` is `tableBytes()` of scratch. Reads and writes nothing outside of these three.
 */
export function compress(source: usize, length: u32, target: usize, capacity: u32, table: usize): u32 {
  const end = source + length;
  const outputEnd = target + capacity;
  let output = target;
  let anchor = source; // the first byte that is not packed yet
  if (<usize>length <= matchFreeTail) return finish(output, anchor, end, target, outputEnd);

  const matchStartEnd = end - matchFreeTail + 1; // every match starts before
  const matchLimit = end - lastLiterals;
  memory.fill(table, 0, tableBytes());
  let input = source + 1;
  let nextHash = hashAt(input);

  while (true) {
    // Find four equal bytes.
    let distance: usize;
    let ahead = input;
    let attempts: u32 = 1 << skipTrigger;
    do {
      const hash = nextHash;
      input = ahead;
      ahead += attempts++ >> skipTrigger;
      if (ahead > matchStartEnd) return finish(output, anchor, end, target, outputEnd);
      distance = distanceTo(table + hash, input - source);
      nextHash = hashAt(ahead);
    } while (distance - 1 >= input - source || load<u32>(input - distance) != load<u32>(input));
    let match = input - distance;

    while (input > anchor && match > source && load<u8>(input - 1) == load<u8>(match - 1)) {
      input--;
      match--;
    }

    const literals = input - anchor;
    // Token, length bytes, literals, offset, and the five last literals with their token must still fit.
    if (output + literals + literals / 255 + 10 > outputEnd) return 0;
    let token = output;
    output = putLiterals(output, anchor, literals, outputEnd, end);

    // Write matches for as long as the next position starts one at once.
    while (true) {
      store<u16>(output, <u16>(input - match));
      output += 2;
      const extra = countEqual(input + minMatch, match + minMatch, matchLimit);
      input += extra + minMatch;
      if (output + extra / 255 + 8 > outputEnd) return 0;
      if (extra >= runMask) {
        store<u8>(token, load<u8>(token) + <u8>runMask);
        output = putLength(output, extra - runMask);
      } else store<u8>(token, load<u8>(token) + <u8>extra);
      anchor = input;
      if (input >= matchStartEnd) return finish(output, anchor, end, target, outputEnd);

      store<u16>(table + hashAt(input - 2), <u16>(input - 2 - source));
      distance = distanceTo(table + hashAt(input), input - source);
      match = input - distance;
      if (distance - 1 >= input - source || load<u32>(match) != load<u32>(input)) break;
      if (output + 10 > outputEnd) return 0;
      token = output++;
      store<u8>(token, 0);
    }
    nextHash = hashAt(++input);
  }
}
