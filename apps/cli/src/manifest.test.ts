import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { errorPolicies } from '@hayloft/engine';
import { exitCodes } from './exit-codes.ts';
import { manifestFile, makeManifest } from './make-manifest.ts';
import { schemaNames } from './testing/expect-schema.ts';

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly summary?: string; readonly examples?: readonly string[]; readonly flags: object }>
  >;
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;

test('the committed manifest is that of the commands: run "npm run manifest" when it is not', async () => {
  expect(readFileSync(manifestFile, 'utf8')).toBe(await makeManifest());
});

test('every command has a summary, two examples, --json and a schema', () => {
  for (const [id, command] of Object.entries(manifest.commands)) {
    const schema = id === 'help' ? 'help-exit-codes' : id.replace(':', '-');
    expect({
      id,
      examples: command.examples?.length,
      hasSummary: Boolean(command.summary),
      hasJson: 'json' in command.flags,
      hasSchema: schemaNames.includes(schema),
    }).toEqual({
      id,
      examples: 2,
      hasSummary: true,
      hasJson: true,
      hasSchema: true,
    });
  }
});

test('every exit status that an error can have is explained by "help exit-codes"', () => {
  const explained = new Set(exitCodes.map(({ status }) => Number(status)));
  for (const { exitCode } of Object.values(errorPolicies)) expect([...explained]).toContain(exitCode);
});
