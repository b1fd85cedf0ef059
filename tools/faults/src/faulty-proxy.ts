import type { Fault } from './fault.ts';
import type { Striker } from './striker.ts';

/** Stands between a client and a real server, and does harm when told. */
export interface FaultyProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** From now on requests are struck as the fault says, counted anew; undefined ends it. */
  arm(fault: Fault | undefined): Striker | undefined;
  /** What stale listings show from now on: each as it was last. */
  rememberListings(): void;
}
