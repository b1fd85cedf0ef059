import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frames } from './frames.ts';

test('messages come out as they went in, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      (bodies, steps, marked) => {
        const messages = bodies.map((body) => {
          const message = Buffer.alloc(4 + body.length);
          message.writeUInt32BE((marked ? 0x8000_0000 : 0) + body.length);
          message.set(body, 4);
          return message;
        });
        const stream = Buffer.concat(messages);
        const frames = new Frames();
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const step = 1 + steps[turn % steps.length]!;
          found.push(...frames.take(stream.subarray(at, at + step)));
          at += step;
        }
        expect(found).toEqual(messages);
      },
    ),
  );
});
