import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@hayloft/directory-store';
import { decodeBackingCfg, type BackingCfg } from './backing-cfg.ts';
import { backingFile, cfgFile } from './image-files.ts';
import { recogniseFile } from './recognise-file.ts';

/** An image on a disk, as `hayloft image list --json` shows it. */
export interface ImageRecord {
  readonly name: string;
  /** 8 hex digits that tell two images of one name apart. */
  readonly uuid: string;
  /** The image's file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Size of the disk that a guest sees; differs from `sizeBytes` for qcow2. */
  readonly virtualSizeBytes: number;
  /** Bytes that the file takes on the disk: less than `sizeBytes` where it has holes. */
  readonly realSizeBytes: number;
  readonly format: 'raw' | 'qcow2';
  /** SHA-512 of the whole file as recorded, 128 hex digits; '' where none is. */
  readonly checksum: string;
  /** Longhorn's words: `unknown` where the file or its record has to be looked at, `failed` where it cannot be used. */
  readonly state: 'ready' | 'unknown' | 'failed';
  /** Why it is not `ready`. */
  readonly reason?: string | undefined;
  readonly encrypted: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** The record of the image in `folder`. What is wrong with an image is said in its record and never thrown. */
export async function readImageRecord(folder: string, name: string, uuid: string): Promise<ImageRecord> {
  const path = join(folder, backingFile);
  const bare = { name, uuid, path, sizeBytes: 0, virtualSizeBytes: 0, realSizeBytes: 0, checksum: '', createdAt: '' };
  try {
    const found = await stat(path, { bigint: true });
    const sizeBytes = Number(found.size);
    if (!found.isFile()) return { ...bare, format: 'raw', encrypted: false, state: 'failed', reason: 'it is no file' };
    const format = await recogniseFile(path, sizeBytes);
    const { cfg, ...judgement } = judge(await readCfg(folder), sizeBytes, found.mtimeNs);
    return {
      ...bare,
      ...format,
      ...judgement,
      sizeBytes,
      realSizeBytes: Number(found.blocks) * 512,
      checksum: cfg?.currentChecksum ?? '',
      createdAt: found.birthtime.toISOString(),
    };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const reason = errno === 'ENOENT' ? 'its file is missing' : `its file cannot be read (${errno})`;
    return { ...bare, format: 'raw', encrypted: false, state: 'failed', reason };
  }
}

type CfgRead = { readonly cfg: BackingCfg } | { readonly reason: string };

/** Longhorn's record beside an image, or why there is none to go by. */
export async function readCfg(folder: string): Promise<CfgRead> {
  let text: string;
  try {
    text = await readFile(join(folder, cfgFile), 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return { reason: errno === 'ENOENT' ? 'it has no backing.cfg' : `its backing.cfg cannot be read (${errno})` };
  }
  try {
    return { cfg: decodeBackingCfg(text) };
  } catch (error) {
    return { reason: `its backing.cfg is not what Longhorn writes: ${(error as Error).message}` };
  }
}

function judge(
  read: CfgRead,
  sizeBytes: number,
  modifiedAtNs: bigint,
): { readonly state: ImageRecord['state']; readonly reason?: string; readonly cfg?: BackingCfg } {
  if ('reason' in read) return { state: 'unknown', reason: read.reason };
  const { cfg } = read;
  if (cfg.sizeBytes !== sizeBytes) {
    return { state: 'failed', reason: `it has ${sizeBytes} bytes, but ${cfg.sizeBytes} are recorded`, cfg };
  }
  if (cfg.modifiedAtNs !== undefined && cfg.modifiedAtNs !== modifiedAtNs) {
    return { state: 'unknown', reason: 'its file was written to after its record was', cfg };
  }
  return { state: 'ready', cfg };
}
