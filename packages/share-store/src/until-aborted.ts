/** How long an aborted call may go on to clean up behind itself; less than the second in which it must end. */
const graceMs = 500;

/**
 * Waits for `work`, and once `signal` aborts only a little longer: so that nothing of an aborted call is under way any more
 * when it rejects, unless the server hangs. Then `onHang` is called.
 */
export async function untilAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  onHang: () => void,
): Promise<Result> {
  const hung = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => {
      hung.reject(signal.reason);
      onHang();
    }, graceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, hung.promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
