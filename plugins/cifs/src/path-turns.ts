/**
 * Runs work on one path after the other. A server refuses to replace a file that the same connection has open, so that
 * nothing of ours may be reading it then.
 */
export interface PathTurns {
  take<Result>(path: string, work: () => Promise<Result>): Promise<Result>;
}

export function createPathTurns(): PathTurns {
  /** The last work that was begun on each path that somebody works on. */
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(path, work) {
      const before = last.get(path);
      const turn = (before ?? Promise.resolve()).then(work);
      const ended = turn.catch(() => {});
      last.set(path, ended);
      try {
        return await turn;
      } finally {
        if (last.get(path) === ended) last.delete(path);
      }
    },
  };
}
