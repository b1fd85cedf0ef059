// LZ4 block decompression. The input is hostile: every length and offset is checked before anything is copied.

import { copyWithin, minMatch, runMask } from './format';

/** What `decompress` returns for bytes that are no LZ4 block, or one that does not fit. */
const malformed: i32 = -1;

/**
 * Copies a match, which may overlap its own output (an offset of 1 repeats one byte), and returns its end.
 * `length` bytes fit before `outputEnd`.
 */
function copyMatch(output: usize, offset: usize, length: usize, outputEnd: usize): usize {
  const end = output + length;
  let match = output - offset;
  if (end + 16 > outputEnd) {
    while (output < end) store<u8>(output++, load<u8>(match++));
    return end;
  }
  if (offset < 8) {
    // Eight bytes one by one; then a multiple of the offset that is at least 8 gives the same bytes, eight at a time.
    for (let i: usize = 0; i < 8; i++) store<u8>(output + i, load<u8>(match + i));
    output += 8;
    match = output - offset * ((7 + offset) / offset);
  }
  while (output < end) {
    store<u64>(output, load<u64>(match));
    output += 8;
    match += 8;
  }
  return end;
}

/**
 * Unpacks the `length` bytes at `source` into at most `capacity` bytes at `target` and returns how many there are, or
 * -1. Matches may reach back to `windowStart`, at most `target`: for linked blocks that is where the content began.
 * Reads and writes nothing outside of source, target and window.
 */
export function decompress(source: usize, length: u32, target: usize, capacity: u32, windowStart: usize): i32 {
  const end = source + length;
  const outputEnd = target + capacity;
  let input = source;
  let output = target;

  while (input < end) {
    const token: usize = load<u8>(input++);

    let literals = token >> 4;
    if (literals == runMask) {
      let more: usize;
      do {
        if (input >= end) return malformed;
        more = load<u8>(input++);
        literals += more;
      } while (more == 255);
    }
    if (literals > end - input || literals > outputEnd - output) return malformed;
    output = copyWithin(output, input, literals, outputEnd, end);
    input += literals;
    if (input == end) return <i32>(output - target); // the last sequence has no match

    if (end - input < 2) return malformed;
    const offset: usize = load<u16>(input);
    input += 2;
    if (offset == 0 || offset > output - windowStart) return malformed;

    let matched = token & runMask;
    if (matched == runMask) {
      let more: usize;
      do {
        if (input >= end) return malformed;
        more = load<u8>(input++);
        matched += more;
      } while (more == 255);
    }
    matched += minMatch;
    if (matched > outputEnd - output) return malformed;
    output = copyMatch(output, offset, matched, outputEnd);
  }
  return malformed; // it ended with a match, or was empty
}
