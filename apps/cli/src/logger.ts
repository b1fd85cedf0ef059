import type { Logger } from '@hayloft/engine';

/** Warnings always, the rest with `--verbose`, on stderr. */
export function createLogger({
  verbose,
  say,
}: {
  readonly verbose: boolean;
  readonly say: (line: string) => void;
}): Logger {
  const line = (message: string, values: Readonly<Record<string, unknown>> = {}): string => {
    const shown = Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${textOf(value)}`],
    );
    return [message, ...shown].join(' ');
  };
  const quiet = (): void => {};
  const speak = (message: string, values?: Readonly<Record<string, unknown>>): void => say(line(message, values));
  return {
    debug: verbose ? speak : quiet,
    info: verbose ? speak : quiet,
    warn: (message, values) => say(`Warning: ${line(message, values)}`),
  };
}

function textOf(value: unknown): string {
  if (Error.isError(value)) return value.message;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
