import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodecWorkers } from '@hayloft/codec-workers';
import { makeImages } from './run/images.ts';
import { prepare } from './run/run-tools.ts';
import { runSteps } from './run/run-steps.ts';
import { verifyAfterwards } from './run/judge.ts';
import { allFaults } from './faults/all-faults.ts';
import { expectedOf, steps } from './fault.ts';
import * as stores from './stores/all-stores.ts';

const [storeName, pattern = ''] = process.argv.slice(2);
const store = stores.allStores.find(({ name }) => name.includes(storeName!))!;
const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const images = makeImages(folder);
await using pipeline = createCodecWorkers({ workerCount: 2 });
await using started = await store.start();
for (const [i, fault] of allFaults.entries()) {
  if (!fault.name.includes(pattern) || !store.makes(fault)) continue;
  await using place = await started.makePlace(`f${i}-${Date.now()}`);
  await prepare(place, { images, pipeline });
  const t = Date.now();
  try {
    const r = await runSteps(place, fault, { images, pipeline });
    const e = expectedOf(fault, store.type);
    const ms = Date.now() - t;
    const bad = steps.filter((s) => !e[s].includes(r.outcomes[s]));
    let after = '';
    try {
      after = (await verifyAfterwards(place, r.done, { images, pipeline })).join();
    } catch (x) {
      after = 'UNSOUND ' + (x as Error).message;
    }
    console.log(
      `${bad.length ? 'XX' : 'ok'} ${fault.name} [${r.struck}] ${ms}ms after=${after} ${bad.map((s) => `${s}=${r.outcomes[s]}(exp ${e[s]})`).join(' ')}`,
    );
    if (bad.length)
      for (const s of bad) if (r.errors[s]) console.log('     ', s, (r.errors[s] as Error).message.slice(0, 300));
    if (r.struck === 0) console.log('   NEVER STRUCK');
  } catch (e) {
    console.log('!!', fault.name, e);
  }
}
rmSync(folder, { recursive: true });
