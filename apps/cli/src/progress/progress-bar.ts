import { SingleBar } from 'cli-progress';
import type { Progress } from '@hayloft/engine';
import { Pace, describeProgress } from './describe-progress.ts';
import type { ProgressView } from './open-progress.ts';

const barWidth = 24;

/** A bar with bytes, rate and time left, redrawn ten times a second and wiped at the end. */
export function createProgressBar(stream: NodeJS.WritableStream): ProgressView {
  const pace = new Pace();
  const bar = new SingleBar({
    format: (_options, { progress }, { text }) => {
      const filled = Math.round(Math.min(1, Math.max(0, progress)) * barWidth);
      return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${text}`;
    },
    stream,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    gracefulExit: false,
  });
  let running = false;
  const draw = (progress: Progress): void => {
    const text = describeProgress(progress, pace.measure(progress, performance.now()));
    const total = progress.totalBytes ?? 0;
    if (!running) bar.start(total, progress.doneBytes, { text });
    running = true;
    bar.setTotal(total);
    bar.update(progress.doneBytes, { text });
  };
  const stop = (): void => {
    if (running) bar.stop();
    running = false;
  };
  return {
    show: draw,
    aside: (print) => {
      stop();
      print();
    },
    stop,
  };
}
