import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError, type CallOptions, type ErrorCode, type ImageSource } from '@hayloft/engine';
import { fileError } from '@hayloft/directory-store';

export interface FileSourceOptions extends CallOptions {
  /** For people; `the file <path>` if not given. */
  readonly description?: string | undefined;
  /** SHA-512 that somebody promised for the whole. */
  readonly checksum?: string | undefined;
}

/** A divisor of the block size, so that `from` falls on the beginning of a chunk. */
const chunkBytes = 1024 * 1024;
const zeros = Buffer.alloc(chunkBytes);

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'SOURCE_NOT_FOUND',
  ENOTDIR: 'SOURCE_NOT_FOUND',
  EISDIR: 'SOURCE_INVALID',
  ELOOP: 'SOURCE_INVALID',
  ESTALE: 'SOURCE_UNAVAILABLE',
  EIO: 'SOURCE_UNAVAILABLE',
  ETIMEDOUT: 'SOURCE_UNAVAILABLE',
  ENXIO: 'SOURCE_INVALID',
};

/**
 * A file of this machine as a source. Worker threads read `file.path` themselves; `extents` is for whoever has none, and
 * turns chunks of zeros into holes.
 *
 * `SOURCE_NOT_FOUND`, `ACCESS_DENIED`, and `SOURCE_INVALID` for a folder, a device or an empty file. Reading a file that
 * somebody changes meanwhile is `SOURCE_CHANGED`.
 */
export async function openFileSource(path: string, options: FileSourceOptions): Promise<ImageSource> {
  options.signal.throwIfAborted();
  const absolute = resolve(path);
  const description = options.description ?? `the file ${absolute}`;
  const opened = await translated(description, async () => {
    // Opened once, to learn now and not in the middle of a run that it may not be read.
    await using file = await openForReading(absolute);
    return await file.stat({ bigint: true });
  });
  assertIsImage(opened, description);

  return {
    description,
    sizeBytes: Number(opened.size),
    // Equal times and size of one inode: the same bytes, as far as a file system can say.
    resumeToken: `file ${absolute} ${identityOf(opened)}`,
    file: { path: absolute },
    checksum: options.checksum,

    async *extents({ signal, from = 0 }) {
      const sizeBytes = Number(opened.size);
      const chunk = Buffer.allocUnsafeSlow(chunkBytes);
      await using file = await translated(description, () => openForReading(absolute));
      await assertUnchanged(file, opened, description);
      for (let offset = from; offset < sizeBytes; offset += chunkBytes) {
        signal.throwIfAborted();
        const bytes = chunk.subarray(0, Math.min(chunkBytes, sizeBytes - offset));
        await translated(description, () => fill(file, bytes, offset, description));
        if (bytes.equals(zeros.subarray(0, bytes.length))) yield { kind: 'hole', offset, length: bytes.length };
        else yield { kind: 'data', offset, bytes };
      }
      await assertUnchanged(file, opened, description);
    },

    async [Symbol.asyncDispose]() {},
  };
}

/** Does not wait for the writer of a FIFO. */
function openForReading(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

function assertIsImage(found: BigIntStats, description: string): void {
  const fault = found.isDirectory()
    ? 'is a folder'
    : !found.isFile()
      ? 'is a device or something else that is no file'
      : found.size === 0n
        ? 'is empty'
        : undefined;
  if (fault === undefined) return;
  throw new BackupError('SOURCE_INVALID', `${description} ${fault}`, {
    remedy: 'Name the file that holds the bytes of the image.',
  });
}

async function assertUnchanged(file: FileHandle, opened: BigIntStats, description: string): Promise<void> {
  if (identityOf(await file.stat({ bigint: true })) !== identityOf(opened)) throw changed(description);
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('-');
}

async function fill(file: FileHandle, bytes: Uint8Array, offset: number, description: string): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw changed(description);
    done += bytesRead;
  }
}

function changed(description: string): BackupError {
  return new BackupError('SOURCE_CHANGED', `${description} changed while it was read`, {
    remedy: 'Run it again when nothing writes to the file.',
  });
}

async function translated<Result>(description: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, `cannot read ${description}`, codes);
  }
}
