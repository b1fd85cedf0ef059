import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one file on loopback, with ranges and an ETag, as a vendor's download server does. */
export async function serveFile(path: string): Promise<{ readonly url: string; readonly close: () => void }> {
  const { size, mtimeMs } = statSync(path);
  const etag = `"${size}-${Math.trunc(mtimeMs)}"`;
  const server = createServer((request, response) => {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = range === null ? 0 : Number(range[1]);
    const end = range === null || range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1);
    const contentRange = range === null ? {} : { 'content-range': `bytes ${start}-${end}/${size}` };
    response.writeHead(range === null ? 200 : 206, {
      'accept-ranges': 'bytes',
      etag,
      'content-length': end - start + 1,
      ...contentRange,
    });
    if (request.method === 'HEAD') response.end();
    else
      createReadStream(path, { start, end })
        .on('error', () => response.destroy())
        .pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/parrot.raw`, close: () => void server.close() };
}
