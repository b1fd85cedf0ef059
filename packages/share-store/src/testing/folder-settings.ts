import type { ShareDriver } from '../process/index.ts';

export interface FolderSettings {
  readonly path: string;
  /** A file that gets a line from each process that connects: its number. */
  readonly log?: string | undefined;
  readonly fault?: ShareFault | undefined;
}

/** Calls of `verb` whose first path holds `path` go wrong: by an errno's word, or worse. */
export interface ShareFault {
  readonly verb: keyof ShareDriver;
  readonly path: string;
  readonly does: 'hang' | 'crash' | 'crash when done' | `E${Uppercase<string>}`;
}
