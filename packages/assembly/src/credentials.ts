import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, Secret } from '@hayloft/engine';
import type { CallOptions } from '@hayloft/engine';
import type { Assembly } from './assembly.ts';
import type { CredentialsPlace } from './configuration.ts';
import { isKnownCredentialKey, isOwnVariable, isUsedByScheme } from './credential-keys.ts';

export type Credentials = ReadonlyMap<string, Secret>;

/**
 * The keys of one target: from its place where it has one, else this kind of store's own variables of the environment.
 * Keys that this store does not use are left out; one that nobody knows is mentioned.
 * `CONFIGURATION_INVALID` for a place that cannot be read; no value is ever shown.
 */
export async function readCredentials(
  place: CredentialsPlace | undefined,
  scheme: string | undefined,
  assembly: Pick<Assembly, 'environment' | 'say'>,
  options: CallOptions,
): Promise<Credentials> {
  if (place === undefined) return ownVariables(scheme, assembly);
  const all = await readPlace(place, assembly, options);
  const used = new Map<string, Secret>();
  for (const [key, secret] of all) {
    if (isUsedByScheme(key, scheme)) used.set(key, secret);
    else if (!isKnownCredentialKey(key)) assembly.say(`Ignored the unknown key ${key} in ${describePlace(place)}.`);
  }
  return used;
}

/** `file /run/secrets/s3`, for messages and `config show`. */
export function describePlace(place: CredentialsPlace): string {
  if (place.kind === 'file') return place.path;
  if (place.kind === 'environment') return `the environment (${place.names.join(', ')})`;
  return place.kind === 'values' ? place.from : place.why;
}

function ownVariables(scheme: string | undefined, { environment }: Pick<Assembly, 'environment'>): Credentials {
  const own = new Map<string, Secret>();
  if (scheme === undefined) return own;
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '' && isOwnVariable(name, scheme)) own.set(name, new Secret(value));
  }
  return own;
}

async function readPlace(
  place: CredentialsPlace,
  { environment }: Pick<Assembly, 'environment'>,
  options: CallOptions,
): Promise<Credentials> {
  if (place.kind === 'values') return place.values;
  if (place.kind === 'missing') throw new BackupError('CONFIGURATION_INVALID', place.why, { remedy: place.remedy });
  if (place.kind === 'file') return readPath(place.path, options);
  const values = new Map<string, Secret>();
  for (const name of place.names) {
    const value = environment[name];
    if (value === undefined) throw invalid(`The environment variable ${name}, named as a credential, is not set`);
    values.set(name, new Secret(value));
  }
  return values;
}

/** A file of `KEY=VALUE` lines, or a folder with one file a key as Kubernetes mounts a Secret. */
async function readPath(path: string, { signal }: CallOptions): Promise<Credentials> {
  try {
    if (!(await stat(path)).isDirectory())
      return parseCredentials(await readFile(path, { encoding: 'utf8', signal }), path);
    const values = new Map<string, Secret>();
    for (const key of await readdir(path)) {
      const file = join(path, key);
      if (key.startsWith('.') || !(await stat(file)).isFile()) continue;
      values.set(key, new Secret((await readFile(file, { encoding: 'utf8', signal })).replace(/\r?\n$/, '')));
    }
    return values;
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw invalid(`The credentials ${path} cannot be read (${code})`, error);
  }
}

/** `KEY=VALUE` lines; `#` starts a comment, quotes around a value are taken off, `\n` in double quotes is a line end. */
export function parseCredentials(text: string, path: string): Credentials {
  const values = new Map<string, Secret>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const key = line
      .slice(0, equals)
      .trim()
      .replace(/^export\s+/, '');
    if (equals < 1 || !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) {
      throw invalid(`${path}:${index + 1}: this is no line of KEY=VALUE`);
    }
    values.set(key, new Secret(unquote(line.slice(equals + 1).trim())));
  }
  return values;
}

function unquote(value: string): string {
  if (value.length < 2) return value;
  if (value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1);
  if (value.startsWith('"') && value.endsWith('"')) return value.slice(1, -1).replaceAll('\\n', '\n');
  return value;
}

const invalid = (message: string, cause?: unknown): BackupError =>
  new BackupError('CONFIGURATION_INVALID', message, {
    remedy: 'Give a file of KEY=VALUE lines, or a folder with one file a key, that this user may read.',
    cause,
  });
