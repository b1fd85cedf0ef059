import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { BackupError } from '@hayloft/engine';
import { configurationSchema } from './configuration-schema.ts';
import type { ConfigurationFile } from './configuration-schema.ts';
import { firstIssue } from './schema-issue.ts';

/** A configuration file that passed its schema, and where each of its keys stands. */
export interface ReadConfigurationFile {
  readonly values: ConfigurationFile;
  /** `hayloft.yaml:3` for a path of keys that is in the file. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
}

/** Reads and checks a `hayloft.yaml`. `CONFIGURATION_INVALID` names the file, the line and what is wrong there. */
export async function readConfigurationFile(file: string): Promise<ReadConfigurationFile> {
  const lines = new LineCounter();
  const document = parseDocument(await readText(file), { lineCounter: lines, prettyErrors: false });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    throw invalid(`${file}:${lines.linePos(syntaxError.pos[0]).line}: ${syntaxError.message}`);
  }
  const placeOf = (path: readonly PropertyKey[]): string => {
    const offset = offsetOf(document, path);
    return offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  };
  const parsed = configurationSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { values: parsed.data, placeOf };
  throw explain(parsed.error, placeOf);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BackupError('CONFIGURATION_INVALID', `The configuration ${file} cannot be read: ${String(error)}`, {
      remedy: 'Name a readable file with --config or HAYLOFT_CONFIG.',
      cause: error,
    });
  }
}

/** Where the key of that path stands, else its nearest ancestor's. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) continue;
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path[length - 1]);
    if (isScalar(pair?.key)) return pair.key.range?.[0];
  }
  return undefined;
}

function explain(error: z.ZodError, placeOf: (path: readonly PropertyKey[]) => string): BackupError {
  const { path, message, remedy } = firstIssue(error, configurationSchema);
  const where = remedy === undefined && path.length > 0 ? `${path.join('.')}: ` : '';
  return invalid(`${placeOf(path)}: ${where}${message}`, remedy);
}

const invalid = (message: string, remedy = 'Correct it and run the command again.'): BackupError =>
  new BackupError('CONFIGURATION_INVALID', message, { remedy });
