import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { BackupError, checkBlobKey, type BackupStore, type BlobInfo, type BlobKey } from '@hayloft/engine';
import type { AcmeOptions } from './acme-plugin.ts';
import { sqliteError } from './sqlite-error.ts';

/** SQLite's calls block this thread: none waits for another process so long that its abort would come late. */
const busyMsMax = 500;
const pageBytes = 4096;
/** Blobs of a listing per query, so that an abort is heeded and another process gets its turn. */
export const listedAtOnce: number = 500;

interface Row {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

const columns = 'key, length(data) AS sizeBytes, modifiedAtMs';

/**
 * Opens the file, which must be there: a path that is mistyped is no new store. `STORE_INVALID`, `ACCESS_DENIED`.
 *
 * Every call is one statement, and so atomic, and durable when it resolves. None is tried again: the engine does that.
 */
export function openAcmeStore({ path, sizeBytesMax }: AcmeOptions): BackupStore {
  const location = `acme://${path}/`;
  const database = openFile(path, location);

  /** Runs `work` as one call: its key is checked, an abort is heeded, and what SQLite throws is translated. */
  const call = <Result>(doing: string, key: BlobKey, signal: AbortSignal, work: () => Result): Result => {
    signal.throwIfAborted();
    checkBlobKey(key);
    return translated(`cannot ${doing} "${key}" in ${location}`, work);
  };
  // Reading must not write: a file into which nothing was put yet has no table.
  const hasTable = (): boolean =>
    database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'blobs'`).get() !== undefined;
  const find = <Found>(wanted: string, key: BlobKey, ...values: number[]): Found => {
    const statement = `SELECT ${wanted} FROM blobs WHERE key = ?`;
    const row = hasTable() ? database.prepare(statement).get(...values, key) : undefined;
    if (row !== undefined) return row as Found;
    throw new BackupError('BLOB_NOT_FOUND', `there is no blob "${key}" in ${location}`, {
      remedy: 'Check the name and the target.',
    });
  };

  return {
    location,
    capabilities: { conditionalPut: true, consistentListing: true, concurrencyMax: 1 },

    put: async (key, data, { signal, ifAbsent = false }) =>
      call('write', key, signal, () => {
        if (sizeBytesMax !== undefined) {
          database.exec(`PRAGMA max_page_count = ${Math.floor(sizeBytesMax / pageBytes)}`);
        }
        database.exec('CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, data BLOB, modifiedAtMs INTEGER)');
        const onConflict = ifAbsent
          ? 'NOTHING'
          : 'UPDATE SET data = excluded.data, modifiedAtMs = excluded.modifiedAtMs';
        const { changes } = database
          .prepare(`INSERT INTO blobs VALUES (?, ?, ${nowMs}) ON CONFLICT (key) DO ${onConflict}`)
          .run(key, data);
        if (changes === 0) {
          throw new BackupError('BLOB_EXISTS', `"${key}" exists in ${location} already`, {
            remedy: 'Read it, or choose another name.',
          });
        }
      }),

    get: async (key, { signal, range }) =>
      call('read', key, signal, () => {
        if (range === undefined) return find<{ readonly data: Uint8Array }>('data', key).data;
        const { offset, length } = range;
        const found = find<{ readonly sizeBytes: number; readonly part: Uint8Array }>(
          'length(data) AS sizeBytes, substr(data, ?, ?) AS part',
          key,
          offset + 1,
          length,
        );
        if (offset >= 0 && length >= 0 && offset + length <= found.sizeBytes) return found.part;
        throw new BackupError('RANGE_INVALID', `bytes ${offset}+${length} lie outside "${key}" of ${found.sizeBytes}`, {
          remedy: 'Ask for bytes inside the blob.',
        });
      }),

    stat: async (key, { signal }) => call('look at', key, signal, () => infoOf(find<Row>(columns, key))),

    async *list(prefix, { signal }) {
      // No character of a key sorts behind "~", so the prefix ends where a key with one would stand.
      const statement = `SELECT ${columns} FROM blobs WHERE key >= ? AND key < ? || '~' AND key > ? ORDER BY key LIMIT ?`;
      for (let after = ''; ;) {
        signal.throwIfAborted();
        const rows = translated(`cannot list "${prefix}" in ${location}`, () =>
          hasTable() ? database.prepare(statement).all(prefix, prefix, after, listedAtOnce) : [],
        ) as unknown as readonly Row[];
        for (const row of rows) {
          yield infoOf(row);
          signal.throwIfAborted();
        }
        if (rows.length < listedAtOnce) return;
        after = rows.at(-1)!.key;
      }
    },

    delete: async (key, { signal }) =>
      call('delete', key, signal, () => {
        if (hasTable()) database.prepare('DELETE FROM blobs WHERE key = ?').run(key);
      }),

    [Symbol.asyncDispose]: async () => database.close(),
  };
}

/** The store's clock. */
const nowMs = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

function openFile(path: string, location: string): DatabaseSync {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new BackupError('STORE_INVALID', `cannot open ${location}: there is no file "${path}"`, {
      remedy: `Check the path; "touch ${path}" makes a new store.`,
    });
  }
  return translated(`cannot open ${location}`, () => {
    const database = new DatabaseSync(path, { timeout: busyMsMax });
    try {
      database.prepare('SELECT 1 FROM sqlite_schema').get(); // the first look at what the file holds
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function translated<Result>(doing: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw sqliteError(error, doing);
  }
}

const infoOf = ({ key, sizeBytes, modifiedAtMs }: Row): BlobInfo => ({
  key,
  sizeBytes,
  modifiedAt: new Date(modifiedAtMs),
});
