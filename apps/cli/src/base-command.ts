import { Command, Flags } from '@oclif/core';
import type { StopSignal } from './exit-codes.ts';
import { signalExitCodes } from './exit-codes.ts';
import { Interruption, reportFailure } from './report-failure.ts';
import type { Workbench } from './workbench.ts';
import { switchFlag } from './shared-flags.ts';

/** Flags that every command has. */
export interface GlobalFlags {
  readonly config: string | undefined;
  readonly disk: string | undefined;
  readonly progress: string;
  readonly 'no-progress': boolean;
  readonly verbose: boolean;
}

/**
 * What all commands share: global flags, one AbortSignal for SIGINT and SIGTERM, results on stdout and the rest on
 * stderr, errors with a remedy and their exit status. A command declares itself and returns its result.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    config: Flags.string({ helpGroup: 'GLOBAL', helpValue: 'FILE', summary: 'Configuration file.' }),
    disk: Flags.string({ helpGroup: 'GLOBAL', helpValue: 'DIR', summary: 'Directory that holds the images.' }),
    progress: Flags.string({
      helpGroup: 'GLOBAL',
      options: ['auto', 'json'],
      default: 'auto',
      summary: 'How progress is shown on stderr: for people, or as JSON lines.',
    }),
    'no-progress': switchFlag({ helpGroup: 'GLOBAL', summary: 'Show no progress.' }),
    verbose: switchFlag({ helpGroup: 'GLOBAL', summary: 'Say what is done, step by step, on stderr.' }),
  };

  readonly #stop = new AbortController();
  /** Standard output carries an image's bytes, so the JSON goes to stderr. */
  #jsonOnStderr = false;

  protected get signal(): AbortSignal {
    return this.#stop.signal;
  }

  override async init(): Promise<void> {
    await super.init();
    for (const stopSignal of Object.keys(signalExitCodes) as StopSignal[]) {
      process.on(stopSignal, () => {
        if (this.signal.aborted) process.exit(signalExitCodes[stopSignal]); // asked twice: at once
        this.#stop.abort(new Interruption(stopSignal));
      });
    }
  }

  /** Opens what the command works with; the command disposes it. */
  protected async open(flags: GlobalFlags): Promise<Workbench> {
    const { openWorkbench } = await import('./workbench.ts');
    return openWorkbench(flags, { signal: this.signal });
  }

  protected giveStdoutAway(): void {
    this.#jsonOnStderr = true;
  }

  override logJson(json: unknown): void {
    this.#jsonStream.write(`${JSON.stringify(json)}\n`);
  }

  override async catch(error: Error & { exitCode?: number }): Promise<void> {
    // Once a signal came, whatever breaks is a consequence of it.
    const reason: unknown = this.signal.aborted ? this.signal.reason : error;
    process.exitCode = reportFailure(reason, { asJson: this.jsonEnabled(), jsonStream: this.#jsonStream });
  }

  get #jsonStream(): NodeJS.WritableStream {
    return this.#jsonOnStderr ? process.stderr : process.stdout;
  }
}
