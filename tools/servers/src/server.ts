/** A kind of real server that tests run against; one file in `servers/` each, listed in `servers/index.ts`. */
export interface Server<Config> {
  readonly name: string;
  /** One line for `status`. */
  readonly summary: string;
  /** Programs it is made of, and the Debian package of each. */
  readonly needs: readonly Need[];
  /** Why this machine cannot run it although the programs are there (it lacks root, say), or undefined. */
  readonly obstacle?: (() => Promise<string | undefined>) | undefined;
  /** Starts it in an empty folder and resolves to what a client needs to know, once it answers. */
  start(site: Site): Promise<Config>;
}

export interface Need {
  /** Its name, or the absolute path of a file such as a module. */
  readonly program: string;
  /** Debian's, or where `install` gets it from. */
  readonly package: string;
  /** For what Debian does not have: makes `program`, as any user, or rejects. */
  readonly install?: (() => Promise<void>) | undefined;
}

/** Where a server runs. */
export interface Site {
  /** Absolute path of an empty folder, removed after the server stopped. */
  readonly directory: string;
  /** A TCP port of 127.0.0.1 that nothing uses. */
  freePort(): Promise<number>;
  /** Runs a program to its end; rejects with its output if it fails. */
  call(program: string, args: readonly string[]): Promise<void>;
  /** Starts a program that stays in the foreground; it is stopped with the server. Its output goes to a file. */
  run(program: string, args: readonly string[]): Promise<void>;
  /** Resolves when 127.0.0.1:port accepts connections; rejects with the program's output when it ended instead. */
  untilListening(port: number): Promise<void>;
}
