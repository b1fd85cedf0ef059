import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Folders of this user, by the XDG base directory rules; none of them needs to exist. */
export interface Places {
  readonly configuration: string;
  readonly data: string;
  readonly state: string;
}

/** The rules say that a relative path in these variables is to be ignored. */
export function placesOf(environment: Environment): Places {
  const place = (variable: string, otherwise: string): string => {
    const value = environment[variable];
    const base = value !== undefined && isAbsolute(value) ? value : join(environment['HOME'] ?? homedir(), otherwise);
    return join(base, 'hayloft');
  };
  return {
    configuration: place('XDG_CONFIG_HOME', '.config'),
    data: place('XDG_DATA_HOME', '.local/share'),
    state: place('XDG_STATE_HOME', '.local/state'),
  };
}
