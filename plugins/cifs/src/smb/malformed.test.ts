import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPage, type SmbEntry } from './directory-entries.ts';
import { headerBytes, readMessages, writeMessage } from './header.ts';
import { allDialects, negotiateRequest, readNegotiation } from './negotiate.ts';
import { authenticate, negotiateMessage } from './ntlm.ts';
import { createSealing } from './sealing.ts';
import { unwrapAnswer, wrapFirst, wrapLast } from './spnego.ts';
import { SmbStatusError } from './status.ts';

// What a server sends is not trusted before it is proven, and some of it is read before that: nothing of it may crash us.

const bytes = (min = 0, max = 400) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((each) => Buffer.from(each));
const offer = { dialects: allDialects, guid: Buffer.alloc(16) };

/** `valid` with some bytes replaced, and cut somewhere: closer to what a decoder expects than noise is. */
const damaged = (valid: Buffer) =>
  fc
    .tuple(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(valid.length))
    .map(([edits, end]) => {
      const copy = Buffer.from(valid);
      for (const [at, byte] of edits) copy[at] = byte;
      return copy.subarray(0, end === 0 ? valid.length : end);
    });

const message = writeMessage(
  { command: 0, creditCharge: 0, creditsAsked: 1, messageId: 7, treeId: 0, sessionId: 9n },
  Buffer.alloc(80),
  Buffer.alloc(0),
);

test('a frame is taken apart into messages, or is none', () => {
  fc.assert(
    fc.property(fc.oneof(bytes(), damaged(message), damaged(Buffer.concat([message, message]))), (frame) => {
      for (const each of readMessages(frame) ?? []) expect(each.message.length).toBeGreaterThanOrEqual(headerBytes + 2);
    }),
  );
});

test('messages of a chain are found, each where the one before says', () => {
  const first = Buffer.from(message);
  first.writeUInt32LE(message.length, 20);
  expect(readMessages(Buffer.concat([first, message]))?.map(({ messageId }) => messageId)).toEqual([7, 7]);
});

test('an answer to the negotiation is read, or is none', () => {
  const answer = Buffer.alloc(headerBytes + 64 + 48);
  answer.writeUInt16LE(0x0311, headerBytes + 4);
  answer.writeUInt16LE(2, headerBytes + 6);
  answer.writeUInt32LE(headerBytes + 64, headerBytes + 60);
  expect(readNegotiation(answer, offer)?.dialect).toBe(0x0311);
  fc.assert(fc.property(fc.oneof(bytes(), damaged(answer)), (each) => void readNegotiation(each, offer)));
});

test('a dialect that was not offered is no answer', () => {
  const answer = Buffer.alloc(headerBytes + 64);
  answer.writeUInt16LE(0x0202, headerBytes + 4);
  expect(readNegotiation(answer, { ...offer, dialects: [0x0311] })).toBeUndefined();
  expect(negotiateRequest({ ...offer, dialects: [0x0202] }).length).toBe(38);
});

test('a challenge is answered, or is none', () => {
  const challenge = Buffer.concat([
    Buffer.from('NTLMSSP\0\u0002\0\0\0', 'latin1'),
    Buffer.alloc(28),
    Buffer.from([12, 0, 12, 0, 48, 0, 0, 0]),
    Buffer.from([6, 0, 2, 0, 1, 0, 7, 0, 0, 0, 0, 0]),
  ]);
  const input = {
    credentials: { domain: '', username: 'straße', password: 'hay' },
    host: 'nas',
    random: Buffer.alloc(24),
    serverTime: 0n,
  };
  expect(authenticate(negotiateMessage(), challenge, input)?.sessionKey).toHaveLength(16);
  fc.assert(
    fc.property(fc.oneof(bytes(), damaged(challenge)), (each) => void authenticate(negotiateMessage(), each, input)),
  );
});

test('a token is unwrapped, or is none', () => {
  fc.assert(
    fc.property(bytes(0, 70_000), (inner) => {
      expect(unwrapAnswer(wrapLast(inner, Buffer.alloc(16)))?.equals(inner)).toBe(true);
    }),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(
      fc.oneof(bytes(), damaged(wrapLast(Buffer.alloc(200), Buffer.alloc(16)))),
      (each) => void unwrapAnswer(each),
    ),
  );
  expect(unwrapAnswer(wrapFirst(Buffer.alloc(3)))).toBeUndefined();
});

test.each(['aes-128-gcm', 'aes-128-ccm'] as const)('what %s sealed is unsealed, and nothing else is', (cipher) => {
  const keys = { ours: Buffer.alloc(16, 1), theirs: Buffer.alloc(16, 1) };
  const sealing = createSealing(cipher, keys);
  fc.assert(
    fc.property(bytes(1), fc.nat(), (text, at) => {
      const sealed = sealing.seal(text, 5n);
      expect(sealing.unseal(sealed)?.equals(text)).toBe(true);
      const index = 4 + (at % (sealed.length - 4)); // its first four bytes are what tells it from other frames
      const inNonce = index >= 20 && index < 36;
      sealed[index]! ^= 1;
      const opened = sealing.unseal(sealed);
      expect(opened === undefined || inNonce).toBe(true);
    }),
  );
});

test('a page of a folder is read to its end, or fails', () => {
  const entry = (name: string, isLast: boolean): Buffer => {
    const all = Buffer.alloc(68 + 2 * name.length);
    all.writeUInt32LE(isLast ? 0 : all.length, 0);
    all.writeUInt32LE(2 * name.length, 60);
    all.write(name, 68, 'utf16le');
    return all;
  };
  const page = Buffer.concat([entry('a.cfg', false), entry('b', true)]);
  expect([...readPage(page)].map(({ name }) => name)).toEqual(['a.cfg', 'b']);
  fc.assert(
    fc.property(fc.oneof(bytes(), damaged(page)), (each) => {
      const entries: SmbEntry[] = [];
      try {
        entries.push(...readPage(each));
      } catch (error) {
        expect(error).toBeInstanceOf(SmbStatusError);
      }
    }),
  );
});
