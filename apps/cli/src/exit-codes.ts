export type StopSignal = 'SIGINT' | 'SIGTERM';

/** By the shell's rule: 128 and the number of the signal. */
export const signalExitCodes: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** What each exit status means; `errorPolicies` of the engine decides which code has which. */
export const exitCodes: readonly { readonly status: string; readonly meaning: string }[] = [
  { status: '0', meaning: 'done' },
  { status: '1', meaning: 'failed, unclassified' },
  { status: '2', meaning: 'usage or configuration' },
  { status: '3', meaning: 'some of several could not be tried' },
  { status: '4', meaning: 'not found' },
  { status: '5', meaning: 'unavailable now, a retry may help' },
  { status: '6', meaning: 'access denied' },
  { status: '7', meaning: 'bad source: size, format, or changed while it was read' },
  { status: '8', meaning: 'exists already with other content' },
  { status: '9', meaning: 'not enough space' },
  { status: '10', meaning: 'the store is not one, or is unreadable' },
  { status: '11', meaning: 'locked' },
  { status: '12', meaning: 'wrong key or passphrase' },
  { status: '13', meaning: 'integrity: bytes do not match their proof' },
  { status: '130', meaning: 'stopped by SIGINT, resumable' },
  { status: '143', meaning: 'stopped by SIGTERM, resumable' },
];
