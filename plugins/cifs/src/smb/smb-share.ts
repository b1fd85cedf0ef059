import type { Connection } from './connection.ts';
import { command, headerBytes } from './header.ts';
import { sealSession } from './log-in.ts';
import type { Negotiated } from './negotiate.ts';
import { SmbStatusError, status } from './status.ts';
import { openFile, type OpenOptions, type SmbFile } from './smb-file.ts';

/** A share of a server, open. */
export interface SmbShare {
  /** False where the server says that this user may only read here. */
  readonly mayWrite: boolean;
  readonly hasFailed: boolean;
  /** `path` is relative to the share, parts separated by `\`; '' is its root. */
  open(path: string, options: OpenOptions, doing: string): Promise<SmbFile>;
  close(): void;
}

const shareFlagSealed = 0x8000;
const diskShare = 1;
const accessToAddFiles = 0x2;

/** Throws `SmbStatusError`, a printer's share included. */
export async function openTree(
  connection: Connection,
  negotiated: Negotiated,
  { host, share, sealed }: { readonly host: string; readonly share: string; readonly sealed: boolean },
): Promise<SmbShare> {
  if (sealed) sealSession(connection);
  const path = Buffer.from(`\\\\${host}\\${share}`, 'utf16le');
  const body = Buffer.alloc(8 + path.length);
  body.writeUInt16LE(9, 0);
  body.writeUInt16LE(headerBytes + 8, 4);
  body.writeUInt16LE(path.length, 6);
  body.set(path, 8);
  const { message, treeId } = await connection.call({ command: command.treeConnect, body }, `opening "${share}"`);
  if (message.readUInt8(headerBytes + 2) !== diskShare)
    throw new SmbStatusError(`opening "${share}"`, status.badDeviceType);
  if ((message.readUInt32LE(headerBytes + 4) & shareFlagSealed) !== 0) sealSession(connection);
  const access = message.readUInt32LE(headerBytes + 12);
  return {
    mayWrite: (access & accessToAddFiles) !== 0,
    get hasFailed() {
      return connection.hasFailed;
    },
    open: (name, options, doing) => openFile({ connection, negotiated, treeId }, name, options, doing),
    close: () => connection.close(),
  };
}
