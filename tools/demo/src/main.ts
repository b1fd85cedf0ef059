/** `npm run demo`: the main journey on a real image, in a folder of its own; exits 0 only if every step was proven. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeImage } from './make-image.ts';
import { serveFile } from './serve-file.ts';

const root = join(import.meta.dirname, '../../..');
const launcher = join(root, 'apps/cli/bin/hayloft');
const folder = mkdtempSync(join(tmpdir(), 'hayloft-demo-'));
const env = {
  ...process.env,
  XDG_DATA_HOME: join(folder, 'data'),
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CONFIG_HOME: join(folder, 'config'),
};

try {
  say('A real image: 1 GiB of ext4 with the Node distribution in it, behind a URL.');
  const image = join(folder, 'parrot.raw');
  makeImage(image, join(dirname(process.execPath), '..'));
  const checksum = await sha512(image);
  const origin = await serveFile(image);

  say('Create it from its URL, checked against its SHA-512, and back it up.');
  await hayloft('image', 'create', 'parrot', '--from', origin.url, '--checksum', checksum);
  await hayloft('backup', 'create', 'parrot', '--label', 'usecase=demo');
  await hayloft('backup', 'list');

  say('Back it up under another name: every block is there already.');
  await hayloft('backup', 'create', 'parrot', '--name', 'parrot-again');

  say('Lose everything: the image, the file it came from, and its server.');
  origin.close();
  rmSync(image);
  await hayloft('image', 'delete', 'parrot', '--yes');

  say('Get it back, and prove it.');
  await hayloft('restore', 'parrot', '--image', 'parrot', '--checksum', checksum);
  await hayloft('image', 'verify', 'parrot');
  await hayloft('backup', 'verify', '--all');
  const back = join(folder, 'back.raw');
  await hayloft('restore', 'parrot', '--to', back);
  if ((await sha512(back)) !== checksum) throw new Error(`${back} is not the image that was backed up`);
  say('The restored file has the SHA-512 of the image that was lost. Done.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function say(text: string): void {
  process.stdout.write(`\n# ${text}\n`);
}

async function hayloft(...args: string[]): Promise<void> {
  process.stdout.write(`$ hayloft ${args.map((arg) => (arg.length > 100 ? `${arg.slice(0, 12)}…` : arg)).join(' ')}\n`);
  const child = spawn(launcher, [...args, '--no-progress'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`"hayloft ${args.join(' ')}" ended with ${String(status)}`);
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
