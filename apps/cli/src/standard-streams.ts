import { BackupError } from '@hayloft/engine';

/** Gives what kept standard output from taking a result, once the command has ended. */
export function watchStandardStreams(): { readonly failure: () => BackupError | undefined } {
  let failure: BackupError | undefined;
  // Oclif's own listener throws, from nowhere that anybody could catch.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever closed its end has seen enough: "hayloft backup list | head -1" is no failure.
    if (error.code !== 'EPIPE') failure ??= outputError(error);
  });
  process.stderr.on('error', () => {}); // nobody is left to tell
  return { failure: () => failure };
}

/** What it means when standard output takes no more. */
export function outputError(cause: NodeJS.ErrnoException): BackupError {
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
    const remedy = 'Free some space where it is redirected to, and run the command again.';
    return new BackupError('NO_SPACE', `Standard output cannot be written: ${cause.message}`, { remedy, cause });
  }
  return new BackupError('INTERNAL', `Standard output takes no more: ${cause.message}`, {
    remedy: 'Look why the program that reads it ended, then run the command again.',
    cause,
  });
}
