import { expect, test } from '@jest/globals';
import { fileError } from './file-error.ts';

const errno = (code: string): Error => Object.assign(new Error(code), { code });

test.each(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ENETRESET', 'ENETDOWN', 'ETIMEDOUT', 'ESTALE', 'EIO'])(
  '%s is a server that does not answer now, and may be asked again',
  (code) => {
    expect(fileError(errno(code), 'cannot read "a"')).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  },
);

test('an errno that nobody thought of is a bug that is named, never an absence', () => {
  expect(fileError(errno('ENOTSUP'), 'cannot read "a"')).toMatchObject({
    code: 'INTERNAL',
    message: 'cannot read "a": the system says ENOTSUP',
  });
});

test('what is no errno stays as it is', () => {
  const error = new Error('a bug');
  expect(fileError(error, 'cannot read "a"')).toBe(error);
});
