import { STATUS_CODES } from 'node:http';
import { BackupError, type ErrorCode } from '@hayloft/engine';
import { HttpRefusal, storeCodes, translateStatus, type Refused } from '@hayloft/http';

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  readonly remedy: string;
}

export interface DavRefusal extends Refused {
  /** Where the answer wants us to go instead. */
  readonly location?: string | undefined;
}

const writing = ['PUT', 'MOVE', 'DELETE', 'MKCOL'];

/** What an answer that nobody expected means, in the terms of WebDAV (RFC 4918, 11); the rest is as for all of HTTP. */
export function davError(refusal: DavRefusal): BackupError {
  const { method, where, status, retryAfterMs } = refusal;
  const meaning = meaningOf(refusal);
  if (meaning === undefined) return translateStatus(refusal, storeCodes);
  const words = [String(status), STATUS_CODES[status]].filter((word) => word !== undefined).join(' ');
  return new BackupError(meaning.code, `${method} ${where} was answered ${words}: ${meaning.why}`, {
    remedy: meaning.remedy,
    cause: new HttpRefusal(status, retryAfterMs),
  });
}

function meaningOf({ method, status, location }: DavRefusal): Meaning | undefined {
  if (status < 300) {
    return {
      code: 'STORE_INVALID',
      why: 'no WebDAV server answers so; it may be a log-in page',
      remedy:
        'Check the path of the URL: many servers speak WebDAV below one folder only. Open it in a browser to see.',
    };
  }
  if (status < 400) {
    return {
      code: 'STORE_INVALID',
      why: `what was asked for is elsewhere, at ${elsewhere(location)}`,
      remedy: 'Write the URL at which the server itself speaks WebDAV; a store does not follow redirects.',
    };
  }
  if (status === 405 || status === 501) return writing.includes(method) ? unwritable : speechless;
  return meanings[status];
}

/** Without what may be secret: the query, a name and a password. */
function elsewhere(location: string | undefined): string {
  const url = URL.parse(location ?? '');
  if (url !== null) return `${url.origin}${url.pathname}`;
  return location === undefined ? 'an address that it does not tell' : location.replace(/[?#].*$/, '');
}

const unwritable: Meaning = {
  code: 'STORE_READ_ONLY',
  why: 'the server does not let itself be written there',
  remedy: 'Allow PUT, MOVE, DELETE and MKCOL on the server, or choose another target.',
};
const speechless: Meaning = {
  code: 'STORE_INVALID',
  why: 'the server does not speak WebDAV there',
  remedy: 'Check the path of the URL, and that WebDAV (PROPFIND) is switched on for it.',
};
const folderGone: Meaning = {
  code: 'STORE_UNAVAILABLE',
  why: 'the folder it belongs in is not there',
  remedy: 'Run the same command again: it makes the folders that are missing.',
};

const meanings: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'ACCESS_DENIED',
    why: 'the server wants other credentials',
    remedy: 'Check WEBDAV_USERNAME and WEBDAV_PASSWORD, or WEBDAV_TOKEN.',
  },
  403: {
    code: 'ACCESS_DENIED',
    why: 'these credentials may not do that',
    remedy: 'Give this user the right to read and write there, or check the credentials.',
  },
  404: folderGone,
  409: folderGone,
  410: folderGone,
  413: {
    code: 'STORE_INVALID',
    why: 'the server takes no files of that size',
    remedy: 'Let it take 4 MiB at least: client_max_body_size (nginx), LimitRequestBody (Apache).',
  },
  423: {
    code: 'STORE_UNAVAILABLE',
    why: 'another WebDAV client has locked it',
    remedy: 'Close what holds the lock, or wait until the lock expires, then run the same command again.',
  },
  424: {
    code: 'STORE_UNAVAILABLE',
    why: 'something that it depends on is locked or failed',
    remedy: 'Close what holds a lock there, or wait until it expires, then run the same command again.',
  },
  507: {
    code: 'NO_SPACE',
    why: 'the server has no space left, or the quota is used up',
    remedy: 'Free some space there or raise the quota, then run the same command again: it continues where it stopped.',
  },
};
