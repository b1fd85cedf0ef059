import { parseArgs } from 'node:util';
import { createPlainFormat, simulate } from '@hayloft/engine/testing';
import { longhornFormat } from '@hayloft/longhorn-format';

const formats = { plain: createPlainFormat(), longhorn: longhornFormat };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    format: { type: 'string', default: 'plain' },
  },
});
const first = wholeNumber(positionals[0] ?? '0');
const format = formats[values.format as keyof typeof formats];
if (format === undefined) throw new TypeError(`--format is one of ${Object.keys(formats).join(', ')}`);

process.exitCode = values.seeds === undefined ? await tellOne(first) : await runMany(first, wholeNumber(values.seeds));

/** One run, line by line. */
async function tellOne(seed: number): Promise<number> {
  const { violations } = await simulate(seed, { format, onLine: (line) => console.log(line) });
  for (const violation of violations) console.log(`WRONG: ${violation}`);
  return violations.length === 0 ? 0 : 1;
}

/** Many runs: what went wrong with its seed, and how often which deed ended how. */
async function runMany(from: number, count: number): Promise<number> {
  const outcomes = new Map<string, number>();
  let wrong = 0;
  for (let seed = from; seed < from + count; seed++) {
    const report = await simulate(seed, { format });
    for (const [outcome, times] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
    if (report.violations.length === 0) continue;
    wrong++;
    console.log(`seed ${seed}: ${report.violations.join('\n  ')}`);
  }
  for (const [outcome, times] of [...outcomes].sort()) console.log(`${String(times).padStart(8)} ${outcome}`);
  console.log(`${wrong} of ${count} runs went wrong`);
  return wrong === 0 ? 0 : 1;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`"${text}" is no whole number: npm run sim -- [seed] [--seeds N] [--format plain|longhorn]`);
}
