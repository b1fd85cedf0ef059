import type { Figures } from './cases.ts';
import { median } from './measure.ts';
import type { Cost } from './measure.ts';

export const floorName = 'H (openssl sha512)';

export interface Row {
  readonly name: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** Medians of the per-round ratios: rounds are paired, so that a busy minute cancels out. */
  readonly wallOverH: number;
  readonly wallOverOurs: number;
  readonly cpuOverOurs: number;
}

/** Who each tool is fairly compared with: the ones that make a digest of the whole with our run that makes one. */
const rivalOf = (name: string): string =>
  name.includes('hash') || name === 'hayloft +img' ? 'hayloft +img' : 'hayloft';

export function rows(figures: Figures): Row[] {
  const floor = figures.get(floorName)!;
  return [...figures].map(([name, costs]) => {
    const ours = figures.get(rivalOf(name)) ?? floor;
    const paired = (of: (cost: Cost) => number, by: readonly Cost[]): number =>
      median(costs.map((cost, round) => of(cost) / of(by[round]!)));
    return {
      name,
      wallSeconds: median(costs.map((cost) => cost.wallSeconds)),
      cpuSeconds: median(costs.map((cost) => cost.cpuSeconds)),
      peakMiB: median(costs.map((cost) => cost.peakMiB)),
      wallOverH: paired((cost) => cost.wallSeconds, floor),
      wallOverOurs: paired((cost) => cost.wallSeconds, ours),
      cpuOverOurs: paired((cost) => cost.cpuSeconds, ours),
    };
  });
}

export function table(title: string, all: readonly Row[]): string {
  const lines = all.map(
    (row) =>
      `| ${row.name} | ${row.wallSeconds.toFixed(2)} | ${row.cpuSeconds.toFixed(2)} | ${row.peakMiB.toFixed(0)} | ${row.wallOverH.toFixed(2)} | ${row.wallOverOurs.toFixed(2)} | ${row.cpuOverOurs.toFixed(2)} |`,
  );
  return [
    `### ${title}`,
    '',
    '| | wall s | CPU s | peak MiB | wall ÷ H | wall ÷ ours | CPU ÷ ours |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...lines,
    '',
  ].join('\n');
}

const barHeight = 18;
const labelWidth = 170;
const plotWidth = 420;

/** Horizontal bars, one a tool, our own in colour: wall seconds, shorter is better. */
export function plot(title: string, all: readonly Row[]): string {
  const longest = Math.max(...all.map((row) => row.wallSeconds));
  const bars = all.map((row, i) => {
    const y = 34 + i * (barHeight + 6);
    const width = Math.max(1, (row.wallSeconds / longest) * plotWidth);
    const fill = row.name.startsWith('hayloft')
      ? '#c98a1b'
      : row.name.startsWith('H') || row.name.startsWith('cp')
        ? '#d5d5d5'
        : '#8aa0b5';
    return [
      `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escape(row.name)}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${width.toFixed(1)}" height="${barHeight}" rx="2" fill="${fill}"/>`,
      `<text x="${labelWidth + width + 6}" y="${y + 13}">${row.wallSeconds.toFixed(2)} s</text>`,
    ].join('');
  });
  const height = 44 + all.length * (barHeight + 6);
  const width = labelWidth + plotWidth + 70;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="10" y="20" font-size="14" font-weight="bold">${escape(title)}</text>${bars.join('')}</svg>\n`;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
