/** Bytes `[offset, offset + length)` of a file. */
export interface DataExtent {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the first `sizeBytes` of an open file hold data, ascending, each extent widened to whole units of `unitBytes`
 * (the last one to the end) and neighbours joined. Where the system cannot tell, everything is data.
 *
 * Costs two system calls an extent, so a coarse unit is also quick with a fragmented file.
 */
export async function dataExtents(fd: number, sizeBytes: number, unitBytes = 1): Promise<DataExtent[]> {
  const everything = sizeBytes > 0 ? [{ offset: 0, length: sizeBytes }] : [];
  const seek = await loadSeek();
  if (seek === undefined) return everything;

  const extents: DataExtent[] = [];
  for (let position = 0; position < sizeBytes;) {
    const data = seek(fd, position, seekData);
    if (data === nothingAhead || data >= sizeBytes) break;
    if (data === unsupported) return everything;
    const hole = seek(fd, data, seekHole);
    if (hole <= data) return everything; // not supported here, or the file shrinks under our eyes
    const offset = Math.max(position, Math.floor(data / unitBytes) * unitBytes);
    const end = Math.min(sizeBytes, Math.ceil(hole / unitBytes) * unitBytes);
    const last = extents.at(-1);
    if (last !== undefined && last.offset + last.length === offset) {
      extents[extents.length - 1] = { offset: last.offset, length: end - last.offset };
    } else extents.push({ offset, length: end - offset });
    position = end;
  }
  return extents;
}

/** The windows of `blockSizeBytes` of an open file in which there is data, ascending. */
export async function dataWindows(fd: number, sizeBytes: number, blockSizeBytes: number): Promise<Uint32Array> {
  const extents = await dataExtents(fd, sizeBytes, blockSizeBytes);
  const count = extents.reduce((sum, { length }) => sum + Math.ceil(length / blockSizeBytes), 0);
  const windows = new Uint32Array(count);
  let filled = 0;
  for (const { offset, length } of extents) {
    const first = offset / blockSizeBytes;
    for (let i = 0; i < Math.ceil(length / blockSizeBytes); i++) windows[filled++] = first + i;
  }
  return windows;
}

type Seek = (fd: number, offset: number, whence: number) => number;
const seekData = 3;
const seekHole = 4;
const nothingAhead = -1;
const unsupported = -2;

let seekLoading: Promise<Seek | undefined> | undefined;

/** Node has no `lseek`. Undefined where the system's cannot be reached: without it files are read whole. */
function loadSeek(): Promise<Seek | undefined> {
  return (seekLoading ??= load());
}

async function load(): Promise<Seek | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const lseek = koffi.load('libc.so.6').func('int64 lseek(int fd, int64 offset, int whence)') as Seek;
    return (fd, offset, whence) => {
      const found = Number(lseek(fd, offset, whence));
      if (found >= 0) return found;
      return koffi.errno() === koffi.os.errno.ENXIO ? nothingAhead : unsupported;
    };
  } catch {
    return undefined; // another libc, or the native module is left out: slower, and right
  }
}
