const ticksPerMs = 10_000n;
/** From 1601 to 1970. */
const epochMs = 11_644_473_600_000;

/** FILETIME, 100 ns since 1601, as milliseconds since 1970. */
export function filetimeToMs(filetime: bigint): number {
  return Number(filetime / ticksPerMs) - epochMs;
}
