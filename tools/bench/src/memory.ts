import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hayloft } from './contestants.ts';
import type { Tools } from './contestants.ts';
import { makeImage } from './images.ts';
import type { ImageKind } from './images.ts';
import { measure } from './measure.ts';
import { folderPlace } from './places.ts';

/** Peak memory must not grow with the image: 1 and 8 GiB of files, and 64 GiB that is nearly all hole. */
export async function measureMemory(tools: Tools, work: string): Promise<string> {
  const lines: string[] = [];
  const sizes: readonly [ImageKind, number][] = [
    ['real', 1],
    ['real', 8],
    ['huge', 64],
  ];
  for (const [kind, sizeGiB] of sizes) {
    const image = makeImage(work, kind, sizeGiB);
    const folder = join(work, 'run');
    const to = join(folder, 'restored');
    const ours = hayloft(tools, folderPlace(folder), 'made');
    await ours.reset();
    const first = await measure(ours.backup(image, 0)[0]!);
    const second = await measure(ours.backup(image, 1)[0]!);
    const restored = await measure(ours.restore(image, to)[0]!);
    rmSync(folder, { recursive: true, force: true });
    lines.push(
      `| ${kind}, ${sizeGiB} GiB | ${[first, second, restored].map((cost) => cost.peakMiB.toFixed(0)).join(' | ')} |`,
    );
  }
  return [
    '### Peak memory, MiB',
    '',
    '| image | first backup +img | second +img | restore |',
    '|---|--:|--:|--:|',
    ...lines,
    '',
  ].join('\n');
}
