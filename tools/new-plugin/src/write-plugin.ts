import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { packEngine } from '@hayloft/tool-release';
import type { PluginNames } from './plugin-names.ts';

export interface WriteOptions {
  /** The plugin's own folder, which is made. */
  readonly folder: string;
  /** A published version of the engine; undefined to pack this repository's into the plugin. */
  readonly engineVersion: string | undefined;
}

const root = join(import.meta.dirname, '../../..');
const template = join(import.meta.dirname, '../template');

/** Writes the template's files under the plugin's names. Throws a sentence where that cannot be. */
export async function writePlugin(names: PluginNames, { folder, engineVersion }: WriteOptions): Promise<void> {
  await assertFree(names, folder);
  for (const file of await readdir(template, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = relative(template, join(file.parentPath, file.name));
    const text = await readFile(join(template, path), 'utf8');
    // npm and Git would take the dot files for their own while they are part of this repository.
    const target = join(folder, renamed(path, names).replace(/^(npmrc|gitignore)$/, '.$1'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(
      target,
      path === 'package.json' ? await manifestOf(text, names, folder, engineVersion) : renamed(text, names),
    );
  }
}

/** The template is a plugin `hayloft-acme`, and compiles as it stands. */
function renamed(text: string, { packageName, tarball, type, constant, typeName }: PluginNames): string {
  // In one pass: the name of a package may hold the template's words.
  return text.replaceAll(
    /(hayloft-acme-0\.1\.0\.tgz)|(hayloft-acme)|Acme(?=[A-Z])|acme(?=[A-Z])|\bacme\b/g,
    (word, asTarball, asPackage, offset: number) => {
      if (asTarball !== undefined) return tarball;
      if (asPackage !== undefined) return packageName;
      if (word === 'Acme') return typeName;
      return /[A-Z]/.test(text[offset + word.length] ?? '') ? constant : type;
    },
  );
}

async function manifestOf(
  text: string,
  names: PluginNames,
  folder: string,
  engineVersion: string | undefined,
): Promise<string> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const tools = ['@types/node', 'typescript'].map((name) => [name, devDependencies[name]]);
  const manifest = {
    ...(JSON.parse(renamed(text, names)) as object),
    ...(engineVersion === undefined ? await packedEngine(folder) : { dependencies: { [engine]: engineVersion } }),
    devDependencies: Object.fromEntries(tools) as object,
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

const engine = '@hayloft/engine';

/** While no registry has the engine, the plugin brings it along: as a tarball to its author, bundled to its users. */
async function packedEngine(folder: string): Promise<object> {
  const tarball = await packEngine(join(folder, 'engine'));
  const path = relative(folder, tarball).replaceAll(sep, '/');
  return { dependencies: { [engine]: `file:${path}` }, bundleDependencies: [engine] };
}

async function assertFree({ type }: PluginNames, folder: string): Promise<void> {
  const inside = relative(root, folder);
  if (inside === '' || !(inside === '..' || inside.startsWith(`..${sep}`))) {
    throw new Error(`${folder} is inside this repository: name a folder outside of it with --in`);
  }
  if ((await readdir(join(root, 'plugins'))).includes(type)) {
    throw new Error(`hayloft has a plugin "${type}" already: choose another name`);
  }
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new Error(`${folder} is there already: choose another name, or another folder with --in`);
}
