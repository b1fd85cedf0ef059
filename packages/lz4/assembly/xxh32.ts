// XXH32, the checksum of LZ4 frames: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md

const prime1: u32 = 0x9e3779b1;
const prime2: u32 = 0x85ebca77;
const prime3: u32 = 0xc2b2ae3d;
const prime4: u32 = 0x27d4eb2f;
const prime5: u32 = 0x165667b1;

function round(lane: u32, word: u32): u32 {
  return rotl(lane + word * prime2, 13) * prime1;
}

/** XXH32 with seed 0 of `length` bytes at `address`. */
export function xxh32(address: usize, length: u32): u32 {
  const end = address + length;
  let hash: u32 = prime5;
  if (length >= 16) {
    let lane1: u32 = prime1 + prime2;
    let lane2: u32 = prime2;
    let lane3: u32 = 0;
    let lane4: u32 = 0 - prime1;
    do {
      lane1 = round(lane1, load<u32>(address));
      lane2 = round(lane2, load<u32>(address, 4));
      lane3 = round(lane3, load<u32>(address, 8));
      lane4 = round(lane4, load<u32>(address, 12));
      address += 16;
    } while (address + 16 <= end);
    hash = rotl(lane1, 1) + rotl(lane2, 7) + rotl(lane3, 12) + rotl(lane4, 18);
  }
  hash += length;
  while (address + 4 <= end) {
    hash = rotl(hash + load<u32>(address) * prime3, 17) * prime4;
    address += 4;
  }
  while (address < end) hash = rotl(hash + <u32>load<u8>(address++) * prime5, 11) * prime1;
  hash = (hash ^ (hash >> 15)) * prime2;
  hash = (hash ^ (hash >> 13)) * prime3;
  return hash ^ (hash >> 16);
}
