/** Runs `flush` of a folder once for all who ask while another one of it is under way. */
export function createSharedFlushes(flush: (path: string) => Promise<void>): (path: string) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  /** What begins once the one that is under way has ended: that one may have missed what was done meanwhile. */
  const next = new Map<string, Promise<void>>();

  const begin = async (path: string): Promise<void> => {
    const flushing = flush(path);
    underWay.set(path, flushing);
    try {
      await flushing;
    } finally {
      underWay.delete(path);
    }
  };

  const afterwards = async (path: string, before: Promise<void>): Promise<void> => {
    await before.catch(() => {}); // those who asked for it learn of it
    next.delete(path);
    await begin(path);
  };

  return (path) => {
    const before = underWay.get(path);
    if (before === undefined) return begin(path);
    const shared = next.get(path) ?? afterwards(path, before);
    next.set(path, shared);
    return shared;
  };
}
