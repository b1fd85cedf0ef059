import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { isMap, isPair, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { suggestion } from '@hayloft/assembly';
import { firstIssue } from '@hayloft/assembly/schema';
import { BackupError } from '@hayloft/engine';
import { manifestSchemas } from './manifest-schemas.ts';
import type { Kind } from './manifest-schemas.ts';
import { defaultNamespace } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/**
 * Every object of a file, a folder of files, or standard input, in the order in which they stand.
 * `CONFIGURATION_INVALID` names the place of whatever is not as it should be; nothing is carried out then.
 */
export async function readManifests(path: string): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { name, text } of await readTexts(path)) manifests.push(...parseManifests(text, name));
  if (manifests.length > 0) return manifests;
  throw invalid(`${path} holds no object`);
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

async function readTexts(path: string): Promise<NamedText[]> {
  if (path === '-') return [{ name: 'standard input', text: await readAll(process.stdin) }];
  try {
    if (!(await stat(path)).isDirectory()) return [{ name: path, text: await readFile(path, 'utf8') }];
    const files = (await readdir(path)).filter((file) => /\.(ya?ml|json)$/.test(file)).sort();
    return await Promise.all(
      files.map(async (file) => ({ name: join(path, file), text: await readFile(join(path, file), 'utf8') })),
    );
  } catch (error) {
    throw new BackupError('SOURCE_NOT_FOUND', `The manifest ${path} cannot be read: ${(error as Error).message}`, {
      remedy: 'Name a file, a folder of .yaml files, or "-" for standard input.',
      cause: error,
    });
  }
}

/** The objects of one text of YAML documents. */
export function parseManifests(text: string, name: string): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const manifests: Manifest[] = [];
  for (const document of documents) {
    const [fault] = document.errors;
    if (fault !== undefined) throw invalid(`${name}:${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    manifests.push(parseDocument(document, (offset) => `${name}:${lines.linePos(offset).line}`));
  }
  return manifests;
}

function parseDocument(document: Document, placeAt: (offset: number) => string): Manifest {
  const origin = placeAt(document.contents?.range?.[0] ?? 0);
  const value = document.toJS() as unknown;
  if (!isMap(document.contents) || typeof value !== 'object' || value === null)
    throw invalid(`${origin}: this is no object`);
  const { kind } = value as { kind?: unknown };
  if (typeof kind !== 'string') throw invalid(`${origin}: the object has no kind`);
  if (!Object.hasOwn(manifestSchemas, kind)) {
    throw invalid(
      `${origin}: objects of kind "${kind}" cannot be applied`,
      suggestion(kind, Object.keys(manifestSchemas)),
    );
  }
  const schema = manifestSchemas[kind as Kind];
  const parsed = schema.safeParse(value);
  if (parsed.success) return toManifest(parsed.data, origin);
  const { path, message, remedy } = firstIssue(parsed.error, schema);
  const where = offsetOf(document, path);
  const what = remedy === undefined ? `${path.map(String).join('.')} ${message}` : message;
  throw invalid(`${where === undefined ? origin : placeAt(where)}: ${kind}: ${what}`, remedy);
}

function toManifest(
  object: { [K in Kind]: ReturnType<(typeof manifestSchemas)[K]['parse']> }[Kind],
  origin: string,
): Manifest {
  const { name, namespace = defaultNamespace } = object.metadata;
  const about = { name, namespace, origin };
  switch (object.kind) {
    case 'BackingImage':
      return { kind: object.kind, ...about, spec: object.spec };
    case 'BackupBackingImage':
      return { kind: object.kind, ...about, spec: object.spec };
    case 'BackupTarget':
      return { kind: object.kind, ...about, spec: object.spec };
    case 'Secret':
      return { kind: object.kind, ...about, values: { ...decoded(object.data ?? {}, about), ...object.stringData } };
    case 'StorageClass':
      return { kind: object.kind, ...about };
  }
}

function decoded(data: Readonly<Record<string, string>>, { name, origin }: { name: string; origin: string }) {
  const entries = Object.entries(data).map(([key, value]) => {
    const packed = value.replaceAll(/\s/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) {
      throw invalid(`${origin}: Secret ${name}: data.${key} is not base64`, 'Write plain values under "stringData".');
    }
    return [key, Buffer.from(packed, 'base64').toString('utf8')] as const;
  });
  return Object.fromEntries(entries);
}

/** Where the key of that path stands, else its nearest ancestor. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) continue;
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path[length - 1]);
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0];
  }
  return undefined;
}

const invalid = (message: string, remedy = 'Correct the manifest and apply it again; nothing was done.'): BackupError =>
  new BackupError('CONFIGURATION_INVALID', message, { remedy });
