import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
export const manifestFile = `${root}oclif.manifest.json`;

/** The text of `oclif.manifest.json` for the commands as they are now. */
export async function makeManifest(): Promise<string> {
  const pjson = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as Interfaces.PJSON;
  const commands = { strategy: 'explicit', target: './src/every-command.ts', identifier: 'everyCommand' } as const;
  const config = new Config({
    root,
    ignoreManifest: true,
    pjson: { ...pjson, oclif: { ...pjson.oclif, commands } },
    isRoot: true,
  });
  await config.load();
  const { manifest } = config.plugins.get(pjson.name) as unknown as { readonly manifest: unknown }; // not in its type
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

if (import.meta.main) await writeFile(manifestFile, await makeManifest());
