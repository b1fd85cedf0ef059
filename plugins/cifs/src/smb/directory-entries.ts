import { headerBytes, type Answer } from './header.ts';
import { filetimeToMs } from './filetime.ts';
import { SmbStatusError, status } from './status.ts';

export interface SmbEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

const fullDirectoryInformation = 2;
const restart = 1;
const attribute = { folder: 0x10, reparsePoint: 0x400 } as const;
/** Reparse points that lead elsewhere: a mount point, a symbolic link, and one of WSL. Others, say of deduplication, do not. */
const linkTags: readonly number[] = [0xa0000003, 0xa000000c, 0xa000001d];
const fixedBytes = 68;

/** Reads a folder to its end, `bytesMax` at a time. */
export async function readEntries(
  bytesMax: number,
  folderId: Buffer,
  query: (body: Buffer, answerBytes: number) => Promise<Answer>,
): Promise<SmbEntry[]> {
  const entries: SmbEntry[] = [];
  for (let flags: number = restart; ; flags = 0) {
    const body = Buffer.alloc(34);
    body.writeUInt16LE(33, 0);
    body.writeUInt8(fullDirectoryInformation, 2);
    body.writeUInt8(flags, 3);
    body.set(folderId, 8);
    body.writeUInt16LE(headerBytes + 32, 24);
    body.writeUInt16LE(2, 26);
    body.writeUInt32LE(bytesMax, 28);
    body.write('*', 32, 'utf16le');
    const { message, status: answered } = await query(body, bytesMax);
    if (answered !== status.success) return entries;
    const offset = message.readUInt16LE(headerBytes + 2);
    const page = message.subarray(offset, offset + message.readUInt32LE(headerBytes + 4));
    for (const entry of readPage(page)) {
      if (entry.name !== '.' && entry.name !== '..') entries.push(entry);
    }
  }
}

/** Throws rather than leave out what it does not understand. */
export function* readPage(page: Buffer): Generator<SmbEntry> {
  for (let rest = page; ;) {
    const [next, nameBytes] = rest.length < fixedBytes ? [0, 0] : [rest.readUInt32LE(0), rest.readUInt32LE(60)];
    if (nameBytes === 0 || fixedBytes + nameBytes > rest.length || next > rest.length) {
      throw new SmbStatusError('reading a folder', status.internalError);
    }
    const attributes = rest.readUInt32LE(56);
    const isLink = (attributes & attribute.reparsePoint) !== 0 && linkTags.includes(rest.readUInt32LE(64));
    yield {
      name: rest.toString('utf16le', fixedBytes, fixedBytes + nameBytes),
      kind: isLink ? 'link' : (attributes & attribute.folder) !== 0 ? 'folder' : 'file',
      sizeBytes: Number(rest.readBigUInt64LE(40)),
      modifiedAtMs: filetimeToMs(rest.readBigUInt64LE(24)),
    };
    if (next === 0) return;
    rest = rest.subarray(next);
  }
}
