/** `npm run bench -- [--rounds 5] [--only first-real,…] [--work DIR] [--hayloft LAUNCHER] [--write]`: see README.md. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, homedir, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildLonghornPeer } from '@hayloft/tool-longhorn-peer';
import { caseName, cases, runCase } from './cases.ts';
import { diskOf } from './contestants.ts';
import type { Tools } from './contestants.ts';
import { installHayloft } from './install-hayloft.ts';
import { makeImage } from './images.ts';
import { measureLatency } from './latency.ts';
import { measureMemory } from './memory.ts';
import { bucketPlace, folderPlace } from './places.ts';
import { plot, rows, table } from './report.ts';
import { measureStart } from './start-up.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    work: {
      type: 'string',
      default: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hayloft', 'bench'),
    },
    hayloft: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const results = join(import.meta.dirname, '../results');
const tools: Tools = {
  hayloft: values.hayloft ?? installHayloft(values.work),
  longhornPeer: await buildLonghornPeer(),
  workers: 2,
};
const wanted = values.only?.split(',');
const chosen = (name: string): boolean => wanted === undefined || wanted.includes(name);
const report: string[] = [machine()];

for (const each of cases) {
  const name = caseName(each);
  if (!chosen(name)) continue;
  const image = makeImage(values.work, each.image);
  prepareDisk(image);
  const folder = join(values.work, 'run');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const place = each.store === 's3' ? await bucketPlace(folder) : folderPlace(folder);
  const figures = rows(await runCase(each, image, tools, place, Number(values.rounds)));
  await place[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
  const title = `${{ first: 'First backup', second: 'Second backup', restore: 'Restore' }[each.job]}, ${each.image}${each.store === 's3' ? ', to and from S3' : ''}`;
  say(table(title, figures));
  if (values.write) save(`${name}.svg`, plot(`${title}: wall seconds`, figures));
}
if (chosen('latency')) say(await measureLatency(tools, values.work, Number(values.rounds)));
if (chosen('memory')) say(await measureMemory(tools, values.work));
if (chosen('start')) say(await measureStart(tools, Number(values.rounds)));
if (values.write) save('figures.md', report.join('\n'));

function say(text: string): void {
  report.push(text);
  process.stdout.write(`${text}\n`);
}

function save(file: string, text: string): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, file), text);
}

/** Makes the image an image of a disk, with its proof: what "checksum known" means. */
function prepareDisk(image: string): void {
  const disk = diskOf(image);
  rmSync(disk, { recursive: true, force: true });
  execFileSync(tools.hayloft, ['image', 'create', 'image', '--from', image, '--disk', disk, '--no-progress'], {
    stdio: 'ignore',
  });
}

function machine(): string {
  const [cpu] = cpus();
  return `Measured on ${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}; ${values.rounds} interleaved rounds, medians; Longhorn's lock wait of 2 s a run is subtracted.\n`;
}
