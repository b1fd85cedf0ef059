import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { expect } from '@jest/globals';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
const ajv = new Ajv({ allErrors: true });
for (const file of readdirSync(folder)) {
  ajv.addSchema(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as object, file);
}

/** That the value is what the committed schema of that name promises to scripts. */
export function expectSchema(name: string, value: unknown): void {
  const validate = ajv.getSchema(`${name}.json`);
  if (validate === undefined) throw new Error(`there is no schema ${name}.json`);
  void validate(value);
  expect({ name, faults: validate.errors ?? [] }).toEqual({ name, faults: [] });
}

/** Names of every schema of a command. */
export const schemaNames: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
