import { z } from 'zod';
import { suggestion } from './nearest.ts';

export interface SchemaIssue {
  /** Keys and indexes down to the value, or to the unknown key. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The nearest known key where one is unknown. */
  readonly remedy: string | undefined;
}

/** The first thing that is wrong, in words for people; an unknown key names the nearest that the schema knows there. */
export function firstIssue(error: z.ZodError, schema: z.ZodType): SchemaIssue {
  const issue = error.issues[0]!;
  if (issue.code !== 'unrecognized_keys') return { path: issue.path, message: issue.message, remedy: undefined };
  const key = issue.keys[0]!;
  const path = [...issue.path, key];
  return { path, message: `there is no key "${key}" here`, remedy: suggestion(key, keysAt(schema, issue.path)) };
}

/** Keys that the schema has at that path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of [...path, undefined]) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodNullable) at = at.unwrap();
    if (part === undefined) break;
    if (at instanceof z.ZodObject) at = at.shape[String(part)];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
