import type { Progress } from '@hayloft/engine';
import { formatBytes, formatDuration } from '../format.ts';

/** Rate and time left, from totals: any event may be missing. */
export class Pace {
  #phase: string | undefined;
  #beganAtMs = 0;
  #beganAtBytes = 0;

  /** Bytes per second since the phase began, and seconds left; undefined until there is something to tell. */
  measure(
    { phase, doneBytes, totalBytes }: Progress,
    nowMs: number,
  ): { bytesPerSecond?: number; secondsLeft?: number } {
    if (phase !== this.#phase) [this.#phase, this.#beganAtMs, this.#beganAtBytes] = [phase, nowMs, doneBytes];
    const seconds = (nowMs - this.#beganAtMs) / 1000;
    const bytes = doneBytes - this.#beganAtBytes;
    if (seconds < 0.5 || bytes <= 0) return {};
    const bytesPerSecond = Math.round(bytes / seconds);
    if (totalBytes === undefined || totalBytes <= doneBytes) return { bytesPerSecond };
    return { bytesPerSecond, secondsLeft: Math.ceil((totalBytes - doneBytes) / bytesPerSecond) };
  }
}

/** `reading 1.5 GiB of 2.2 GiB (68 %), 410 MiB/s, 2 s left, 300 MiB reused`. */
export function describeProgress(progress: Progress, pace: ReturnType<Pace['measure']>): string {
  const { phase, doneBytes, totalBytes, reusedBytes = 0 } = progress;
  if (doneBytes === 0 && totalBytes === undefined) return phase;
  const share =
    totalBytes === undefined || totalBytes === 0 ? '' : ` (${Math.floor((doneBytes / totalBytes) * 100)} %)`;
  const parts = [
    `${phase} ${formatBytes(doneBytes)}${totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`}${share}`,
  ];
  if (pace.bytesPerSecond !== undefined) parts.push(`${formatBytes(pace.bytesPerSecond)}/s`);
  if (pace.secondsLeft !== undefined) parts.push(`${formatDuration(pace.secondsLeft)} left`);
  if (reusedBytes > 0) parts.push(`${formatBytes(reusedBytes)} reused`);
  return parts.join(', ');
}
