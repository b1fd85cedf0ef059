import type { Connection } from './connection.ts';
import { command, headerBytes } from './header.ts';
import type { Negotiated } from './negotiate.ts';
import { readEntries, type SmbEntry } from './directory-entries.ts';
import { SmbStatusError, status } from './status.ts';
import { filetimeToMs } from './filetime.ts';

/** Rights that are asked for (MS-SMB2 2.2.13.1); a folder's first two have other names, and the same numbers. */
export const access = {
  readData: 0x1,
  writeData: 0x2,
  readAttributes: 0x80,
  delete: 0x10000,
  synchronize: 0x100000,
} as const;

export interface OpenOptions {
  /** A sum of `access`. */
  readonly access: number;
  /** `create` is refused where something stands already. */
  readonly disposition: 'open' | 'create';
  /** Anything else that stands there is refused. */
  readonly kind?: 'file' | 'folder' | undefined;
}

/** A file or folder, open. Whoever opened it closes it. */
export interface SmbFile {
  readonly sizeBytes: number;
  /** Milliseconds since 1970 by the server's clock. */
  readonly modifiedAtMs: number;
  readonly isFolder: boolean;
  /** The bytes of a range, or fewer where the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** From byte 0 on. */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written, or which entries a folder has, is durable when it resolves. */
  flush(): Promise<void>;
  /** Gives it another name, relative to the share, in one step. */
  rename(path: string, replace: boolean): Promise<void>;
  /** It goes with the last one who has it open, in general with `close`. */
  remove(): Promise<void>;
  /** The number of the file in its file system. */
  fileNumber(): Promise<bigint>;
  /** All entries of a folder, those for itself and its parent excepted. */
  list(): Promise<SmbEntry[]>;
  close(): Promise<void>;
}

export interface Tree {
  readonly connection: Connection;
  readonly negotiated: Negotiated;
  readonly treeId: number;
}

const chunkBytesMax = 1024 * 1024;
/** Where requests have one price only, they are no larger than this. */
const smallRequestBytes = 64 * 1024;
const shareAll = 7; // others may read, write, rename and delete meanwhile
const dispositions = { open: 1, create: 2 } as const;
const kindOptions = { file: 0x40, folder: 0x1 } as const;
const attributeFolder = 0x10;

export async function openFile(
  { connection, negotiated, treeId }: Tree,
  path: string,
  { access: wanted, disposition, kind }: OpenOptions,
  doing: string,
): Promise<SmbFile> {
  const name = Buffer.from(path, 'utf16le');
  const request = Buffer.alloc(56 + Math.max(1, name.length));
  request.writeUInt16LE(57, 0);
  request.writeUInt32LE(2, 4); // impersonation
  request.writeUInt32LE(wanted | access.synchronize, 24);
  request.writeUInt32LE(shareAll, 32);
  request.writeUInt32LE(dispositions[disposition], 36);
  request.writeUInt32LE(kind === undefined ? 0 : kindOptions[kind], 40);
  request.writeUInt16LE(headerBytes + 56, 44);
  request.writeUInt16LE(name.length, 46);
  request.set(name, 56);
  const { message } = await connection.call({ command: command.create, body: request, treeId }, doing);
  const answer = message.subarray(headerBytes);
  const id = Buffer.from(answer.subarray(64, 80));

  const call = (verb: number, body: Buffer, answerBytes = 0, accepted: readonly number[] = []) =>
    connection.call({ command: verb, body, treeId, answerBytes }, doing, accepted);
  const chunkBytes = (max: number): number =>
    Math.min(max, negotiated.largeRequests ? chunkBytesMax : smallRequestBytes);

  const readChunk = async (offset: number, length: number): Promise<Buffer> => {
    const body = Buffer.alloc(49);
    body.writeUInt16LE(49, 0);
    body.writeUInt8(headerBytes + 16, 2);
    body.writeUInt32LE(length, 4);
    body.writeBigUInt64LE(BigInt(offset), 8);
    body.set(id, 16);
    const { message: found, status: answered } = await call(command.read, body, length, [status.endOfFile]);
    if (answered === status.endOfFile) return Buffer.alloc(0);
    const start = found.readUInt8(headerBytes + 2);
    return found.subarray(start, start + Math.min(length, found.readUInt32LE(headerBytes + 4)));
  };

  const writeChunk = async (offset: number, bytes: Uint8Array): Promise<void> => {
    const body = Buffer.alloc(48);
    body.writeUInt16LE(49, 0);
    body.writeUInt16LE(headerBytes + 48, 2);
    body.writeUInt32LE(bytes.length, 4);
    body.writeBigUInt64LE(BigInt(offset), 8);
    body.set(id, 16);
    const { message: done } = await connection.call({ command: command.write, body, payload: bytes, treeId }, doing);
    // A server may write less; nothing is left then that it could still mean but a full disk.
    if (done.readUInt32LE(headerBytes + 4) !== bytes.length) throw new SmbStatusError(doing, status.diskFull);
  };

  const setInfo = async (infoClass: number, info: Buffer): Promise<void> => {
    const body = Buffer.alloc(32 + info.length);
    body.writeUInt16LE(33, 0);
    body.writeUInt8(1, 2);
    body.writeUInt8(infoClass, 3);
    body.writeUInt32LE(info.length, 4);
    body.writeUInt16LE(headerBytes + 32, 8);
    body.set(id, 16);
    body.set(info, 32);
    await call(command.setInfo, body);
  };

  return {
    sizeBytes: Number(answer.readBigUInt64LE(48)),
    modifiedAtMs: filetimeToMs(answer.readBigUInt64LE(24)),
    isFolder: (answer.readUInt32LE(56) & attributeFolder) !== 0,

    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let end = length;
      await Promise.all(
        chunks(length, chunkBytes(negotiated.readBytesMax)).map(async ([start, size]) => {
          for (let done = 0; done < size;) {
            const part = await readChunk(offset + start + done, size - done);
            if (part.length === 0) {
              end = Math.min(end, start + done);
              return;
            }
            bytes.set(part, start + done);
            done += part.length;
          }
        }),
      );
      return bytes.subarray(0, end);
    },

    async write(bytes) {
      await Promise.all(
        chunks(bytes.length, chunkBytes(negotiated.writeBytesMax)).map(([start, size]) =>
          writeChunk(start, bytes.subarray(start, start + size)),
        ),
      );
    },

    async flush() {
      const body = Buffer.alloc(24);
      body.writeUInt16LE(24, 0);
      body.set(id, 8);
      await call(command.flush, body);
    },

    async rename(to, replace) {
      const toName = Buffer.from(to, 'utf16le');
      const info = Buffer.alloc(20 + toName.length);
      info.writeUInt8(replace ? 1 : 0, 0);
      info.writeUInt32LE(toName.length, 16);
      info.set(toName, 20);
      await setInfo(10, info);
    },

    remove: () => setInfo(13, Buffer.from([1])),

    async fileNumber() {
      const body = Buffer.alloc(41);
      body.writeUInt16LE(41, 0);
      body.writeUInt8(1, 2);
      body.writeUInt8(6, 3);
      body.writeUInt32LE(8, 4);
      body.set(id, 24);
      const { message: found } = await call(command.queryInfo, body);
      return found.readBigUInt64LE(found.readUInt16LE(headerBytes + 2));
    },

    list: () =>
      readEntries(chunkBytes(negotiated.transactBytesMax), id, (body, bytes) =>
        call(command.queryDirectory, body, bytes, [status.noMoreFiles, status.noSuchFile]),
      ),

    async close() {
      const body = Buffer.alloc(24);
      body.writeUInt16LE(24, 0);
      body.set(id, 8);
      await call(command.close, body);
    },
  };
}

/** `[start, size]` of the pieces of `length` bytes. */
function chunks(length: number, sizeMax: number): [start: number, size: number][] {
  return Array.from({ length: Math.ceil(length / sizeMax) }, (_, index) => [
    index * sizeMax,
    Math.min(sizeMax, length - index * sizeMax),
  ]);
}
