/** The three DER wrappings of RFC 4178 in which SMB carries NTLM messages. */

const sequence = 0x30;
const octetString = 0x04;
const objectId = 0x06;
const application = 0x60;
const context = (index: number): number => 0xa0 + index;

const spnegoId = der(objectId, Buffer.from('2b0601050502', 'hex'));
const ntlmId = der(objectId, Buffer.from('2b06010401823702020a', 'hex'));

/** The list of what the client offers, as it goes over the wire: the client signs it once it can. */
export const offeredMechanisms = der(sequence, ntlmId);

/** The client's first token: NTLM is all it offers, and here is its first message. */
export function wrapFirst(message: Uint8Array): Buffer {
  const offer = der(context(0), offeredMechanisms);
  const token = der(context(2), der(octetString, message));
  return der(application, spnegoId, der(context(0), der(sequence, offer, token)));
}

/** The client's last token: NTLM's last message, and the signature of what was offered in the first. */
export function wrapLast(message: Uint8Array, offerSignature: Uint8Array): Buffer {
  const token = der(context(2), der(octetString, message));
  return der(context(1), der(sequence, token, der(context(3), der(octetString, offerSignature))));
}

/** The NTLM message in a server's answer, or undefined when the answer holds none. */
export function unwrapAnswer(token: Uint8Array): Buffer | undefined {
  const fields = inside(inside(Buffer.from(token), context(1)), sequence);
  for (let rest = fields; rest !== undefined && rest.length > 0;) {
    const element = readElement(rest);
    if (element === undefined) return undefined;
    if (element.tag === context(2)) return inside(element.value, octetString);
    rest = element.rest;
  }
  return undefined;
}

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  if (length < 0x100) return Buffer.concat([Buffer.from([tag, 0x81, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 255]), content]);
}

function inside(bytes: Buffer | undefined, tag: number): Buffer | undefined {
  const element = bytes === undefined ? undefined : readElement(bytes);
  return element?.tag === tag ? element.value : undefined;
}

interface Element {
  readonly tag: number;
  readonly value: Buffer;
  readonly rest: Buffer;
}

/** The first element of `bytes`, or undefined when they are cut short. */
function readElement(bytes: Buffer): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (lengthBytes > 3 || bytes.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (bytes.length < start + length) return undefined;
  return { tag, value: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}
