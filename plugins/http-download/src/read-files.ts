import { readFile } from 'node:fs/promises';
import { BackupError, Secret, type CallOptions } from '@hayloft/engine';
import type { HttpHeader, HttpOptions } from '@hayloft/http';
import type { HttpDownloadOptions } from './options.ts';

/** Turns the paths among the options into what they hold. `CONFIGURATION_INVALID` for a file that cannot be read. */
export async function readFiles(options: HttpDownloadOptions, call: CallOptions): Promise<HttpOptions> {
  const read = async (key: FileKey): Promise<string | undefined> => {
    const path = options[key];
    if (path === undefined) return undefined;
    try {
      return await readFile(path, { encoding: 'utf8', signal: call.signal });
    } catch (cause) {
      call.signal.throwIfAborted();
      const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : String(cause);
      throw new BackupError('CONFIGURATION_INVALID', `"${key}" ${path} cannot be read: ${why}`, {
        remedy: 'Check the path and that this user may read the file.',
        cause,
      });
    }
  };
  const secret = async (key: FileKey): Promise<Secret | undefined> => {
    const content = await read(key);
    return content === undefined ? undefined : new Secret(withoutLineEnd(content));
  };
  const password = await secret('passwordFile');
  return {
    basic: options.user === undefined || password === undefined ? undefined : { user: options.user, password },
    bearer: await secret('tokenFile'),
    headers: [
      ...Object.entries(options.headers ?? {}).map(([name, value]) => ({ name, value: new Secret(value) })),
      ...parseHeaders((await read('headerFile')) ?? '', options.headerFile),
    ],
    proxy: options.proxy ?? (await secret('proxyFile')),
    noProxy: options.noProxy,
    cacert: await read('cacert'),
  };
}

type FileKey = 'passwordFile' | 'tokenFile' | 'headerFile' | 'proxyFile' | 'cacert';

/** A secret is the file to its last byte, but for the one line end that editors add. */
const withoutLineEnd = (content: string): string => content.replace(/\r?\n$/, '');

function parseHeaders(content: string, path: string | undefined): HttpHeader[] {
  return content
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      const colon = line.indexOf(':');
      if (colon < 1) {
        // The line is not shown: it may be a bare secret.
        throw new BackupError('CONFIGURATION_INVALID', `line ${number} of "headerFile" ${path} is no header`, {
          remedy: 'Write one "Name: value" a line.',
        });
      }
      return { name: line.slice(0, colon).trim(), value: new Secret(line.slice(colon + 1).trim()) };
    });
}
