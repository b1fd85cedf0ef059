/** RC4 of `data` under `key`, which NTLM wraps its 16-byte session key in; OpenSSL 3 does not offer it any more. */
export function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const box = Uint8Array.from({ length: 256 }, (_, index) => index);
  let j = 0;
  const swap = (i: number): void => {
    [box[i], box[j]] = [box[j]!, box[i]!];
  };
  for (let i = 0; i < 256; i++) {
    j = (j + box[i]! + key[i % key.length]!) & 255;
    swap(i);
  }
  j = 0;
  return Buffer.from(
    data.map((byte, index) => {
      const i = (index + 1) & 255;
      j = (j + box[i]!) & 255;
      swap(i);
      return byte ^ box[(box[i]! + box[j]!) & 255]!;
    }),
  );
}
