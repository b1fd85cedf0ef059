import type { Progress } from '@hayloft/engine';
import { Pace, describeProgress } from './describe-progress.ts';

export interface ProgressView {
  /** Takes every event; shows some of them. */
  readonly show: (progress: Progress) => void;
  /** Prints something else without tearing what is shown. */
  readonly aside: (print: () => void) => void;
  readonly stop: () => void;
}

export interface ProgressOptions {
  readonly mode: 'auto' | 'json' | 'none';
}

const lineEveryMs = 5_000;
const jsonEveryMs = 250;

/** A bar on a terminal, else a line every five seconds; JSON lines where they were asked for. All on stderr. */
export async function openProgress({ mode }: ProgressOptions): Promise<ProgressView> {
  if (mode === 'none') return { show: () => {}, aside: (print) => print(), stop: () => {} };
  if (mode === 'json') return lines(jsonEveryMs, 0, (progress) => JSON.stringify({ type: 'progress', ...progress }));
  if (process.stderr.isTTY) return (await import('./progress-bar.ts')).createProgressBar(process.stderr);
  const pace = new Pace();
  return lines(lineEveryMs, lineEveryMs, (progress, nowMs) =>
    describeProgress(progress, pace.measure(progress, nowMs)),
  );
}

/** A line when the time since the last one, or for JSON the phase, says so. A quick run prints none. */
function lines(
  everyMs: number,
  firstAfterMs: number,
  describe: (progress: Progress, nowMs: number) => string,
): ProgressView {
  const beganAtMs = performance.now();
  let printedAtMs = beganAtMs + firstAfterMs - everyMs;
  let phase: string | undefined;
  return {
    show: (progress) => {
      const nowMs = performance.now();
      const isNewPhase = firstAfterMs === 0 && progress.phase !== phase;
      if (!isNewPhase && nowMs - printedAtMs < everyMs) return;
      [printedAtMs, phase] = [nowMs, progress.phase];
      process.stderr.write(`${describe(progress, nowMs)}\n`);
    },
    aside: (print) => print(),
    stop: () => {},
  };
}
