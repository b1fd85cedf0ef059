import { appendFileSync } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { serveShare, type ShareDriver, type ShareStat } from '../process/index.ts';
import type { FolderSettings } from './folder-settings.ts';

/** A share that is a folder of this machine, for tests of the store: it crashes, hangs and fails on demand. */
serveShare<FolderSettings>(async (settings) => {
  const { path, log } = settings;
  const inside = (name: string): string => join(path, name);
  if (!(await stat(path)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
  if (log !== undefined) appendFileSync(log, `${process.pid}\n`);

  const plain: ShareDriver = {
    async create(name, bytes) {
      await using file = await open(inside(name), 'wx');
      await file.writeFile(bytes);
    },
    async read(name, { range, sizeBytesMax }) {
      await using file = await open(inside(name), 'r');
      const found = await file.stat();
      if (!found.isFile()) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      const { offset, length } = range ?? { offset: 0, length: found.size <= sizeBytesMax ? found.size : 0 };
      const bytes = new Uint8Array(Math.max(0, Math.min(length, found.size - offset)));
      if (bytes.length > 0 && offset >= 0) await file.read(bytes, 0, bytes.length, offset);
      return { sizeBytes: found.size, bytes };
    },
    stat: (name) => look(inside(name)),
    async list(name) {
      const names = await readdir(inside(name));
      const entries = names.map((each) =>
        look(join(inside(name), each)).then(
          (found) => [{ name: each, ...found }],
          () => [], // gone meanwhile
        ),
      );
      return (await Promise.all(entries)).flat();
    },
    makeFolder: (name) => mkdir(inside(name)),
    rename: (from, to) => rename(inside(from), inside(to)),
    nameIfAbsent: (from, to) => link(inside(from), inside(to)),
    unlink: (name) => unlink(inside(name)),
    removeFolder: (name) => rmdir(inside(name)),
  };
  return planted(plain, settings);
});

async function look(path: string): Promise<ShareStat> {
  const found = await lstat(path);
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other';
  return { kind, sizeBytes: found.size, modifiedAtMs: found.mtimeMs, id: `${found.ino}`, linkCount: found.nlink };
}

/** The driver with its fault: calls of one verb whose path matches go wrong. */
function planted(driver: ShareDriver, { fault }: FolderSettings): ShareDriver {
  if (fault === undefined) return driver;
  const { verb, path, does } = fault;
  const sound = (driver as Partial<Record<keyof ShareDriver, (...args: unknown[]) => Promise<unknown>>>)[verb]!;
  const faulty = async (...args: unknown[]): Promise<unknown> => {
    if (!String(args[0]).includes(path)) return sound.apply(driver, args);
    if (does === 'hang') return new Promise(() => {});
    if (does === 'crash') return process.kill(process.pid, 'SIGSEGV');
    if (does === 'crash when done') return sound.apply(driver, args).then(() => process.kill(process.pid, 'SIGSEGV'));
    throw Object.assign(new Error('planted'), { code: does });
  };
  return { ...driver, [verb]: faulty };
}
