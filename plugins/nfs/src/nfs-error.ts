import { constants } from 'node:os';

/** Answers of a server: after any other error nobody knows what the connection would say next. */
const answers = new Set(
  `ENOENT ENOTDIR EISDIR EEXIST ENOTEMPTY EACCES EPERM EROFS ENOSPC EDQUOT EFBIG ENAMETOOLONG ESTALE EBUSY ELOOP EMLINK EXDEV
  `.split(/\s+/),
);

/** Of Linux itself: those of libuv have no word for ESTALE. */
const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

export function isAnswer(error: unknown): boolean {
  return answers.has(errnoOf(error) ?? '');
}

export function errnoOf(error: unknown): string | undefined {
  return Error.isError(error) ? (error as NodeJS.ErrnoException).code : undefined;
}

/** The error of a call of libnfs that returned `status`, an errno below 0. `text` is what libnfs says of it. */
export function nfsError(status: number, text: string | null): Error {
  return Object.assign(new Error(text || 'libnfs does not say why'), { code: codeOf(status, text ?? '') });
}

/** Both versions may answer that the server is busy with this very file, and a client is to ask again a little later. */
const isBusy = (text: string): boolean => /\bNFS[34]ERR_(?:DELAY|JUKEBOX)\b/.test(text);

/** libnfs says EINTR where its time is up, and ERANGE where it has no word of its own, as for a quota. */
function codeOf(status: number, text: string): string {
  if (/\bNFS[34]ERR_DQUOT\b/.test(text)) return 'EDQUOT';
  if (isBusy(text)) return 'EBUSY';
  const name = names.get(-status) ?? '';
  if (name === 'EINTR') return 'ETIMEDOUT';
  return answers.has(name) || /^E(?:CONN|HOST|NET|TIMED|AGAIN)/.test(name) ? name : 'EIO';
}
