import type { Tools } from './contestants.ts';
import { median } from './measure.ts';
import { spawnSync } from 'node:child_process';

/** `hayloft version` beside `node -e 0` of the same Node; the first run of each warms caches and is not counted. */
export async function measureStart(tools: Tools, rounds: number): Promise<string> {
  const node = process.execPath;
  const seconds = { node: [] as number[], hayloft: [] as number[] };
  for (let round = 0; round <= rounds * 3; round++) {
    const bare = time(node, ['-e', '0']);
    const ours = time(tools.hayloft, ['version']);
    if (round === 0) continue;
    seconds.node.push(bare);
    seconds.hayloft.push(ours);
  }
  const [bare, ours] = [median(seconds.node), median(seconds.hayloft)];
  return [
    '### Start-up',
    '',
    `\`hayloft version\` ${(ours * 1000).toFixed(0)} ms, \`node -e 0\` ${(bare * 1000).toFixed(0)} ms: ${((ours - bare) * 1000).toFixed(0)} ms above.`,
    '',
  ].join('\n');
}

function time(program: string, args: readonly string[]): number {
  const begun = performance.now();
  const { status } = spawnSync(program, [...args], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
  return (performance.now() - begun) / 1000;
}
