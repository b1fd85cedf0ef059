import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amendMountOptions, parseMountOptions } from './mount-options.ts';

test.each([
  [[''], 'soft,timeo=300,retry=2'],
  [['soft', 'timeo=600'], 'soft,timeo=600,retry=2'],
  [['rw,nolock'], 'rw,nolock,soft,timeo=300,retry=2'],
  [['hard,rw'], 'rw,soft,timeo=300,retry=2'],
  [['timeo=600'], 'timeo=600,soft,retry=2'],
  [['retry=5'], 'retry=5,soft,timeo=300'],
  [['soft,timeo=330,retrans=3,retry=1'], 'soft,timeo=330,retrans=3,retry=1'],
  [['soft,hard'], 'soft,timeo=300,retry=2'],
])('%j is amended as Longhorn does, to %s', (given, amended) => {
  expect(amendMountOptions(given).join()).toBe(amended);
});

test('amending twice is amending once, and never leaves a share that waits for ever', () => {
  const option = fc.constantFrom('hard', 'soft', 'timeo=5', 'retry=1', 'ro', 'vers=3', '', ' hard ');
  const options = fc.array(fc.array(option).map((list) => list.join()));
  fc.assert(
    fc.property(options, (given) => {
      const amended = amendMountOptions(given);
      expect(amended).not.toContain('hard');
      expect(amended.filter((each) => each.startsWith('timeo=')).length).toBeGreaterThan(0);
      expect(amendMountOptions(amended)).toEqual(amended);
    }),
  );
});

test('what a mount would do is done without one where that makes sense', () => {
  expect(parseMountOptions([])).toEqual({
    version: undefined,
    port: undefined,
    mountPort: undefined,
    timeoutMs: 30_000,
    readOnly: false,
  });
  expect(parseMountOptions(['nfsvers=4.2,port=2050,mountport=2051,timeo=15,ro,sec=sys,proto=tcp,rsize=8'])).toEqual({
    version: 4,
    port: 2050,
    mountPort: 2051,
    timeoutMs: 1_500,
    readOnly: true,
  });
  expect(parseMountOptions(['vers=3']).version).toBe(3);
});

test.each(['sec=krb5p', 'proto=rdma', 'mounthost=other', 'vers=2', 'port=0', 'port=x', 'timeo=0', 'timeo', 'whatever'])(
  '"%s" is refused by its name',
  (option) => {
    expect(() => parseMountOptions([`soft,${option}`])).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining(`"${option}"`),
        remedy: expect.stringMatching(/^[A-Z].*\.$/),
      }),
    );
  },
);

test('options are read, or refused, and nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (options) => {
      try {
        expect(parseMountOptions(options).timeoutMs).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      }
    }),
  );
});
