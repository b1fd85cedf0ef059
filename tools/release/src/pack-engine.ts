import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { npmPack } from './npm-pack.ts';
import { describe, readManifest, root, stagingFolder } from './workspace.ts';

/**
 * Packs `@hayloft/engine` for the authors of plugins: JavaScript with declarations behind the same doors.
 *
 * Inside the workspace source runs as it is; below `node_modules` Node refuses TypeScript. Resolves to the tarball's path.
 */
export async function packEngine(out: string): Promise<string> {
  await using staging = await stagingFolder();
  const manifest = await readManifest('packages/engine');
  const doors = Object.entries(manifest.exports ?? {});
  await compile(
    doors.map(([, file]) => file),
    staging.path,
  );
  await cp(join(root, 'packages/engine/README.md'), join(staging.path, 'README.md'));
  const exports = Object.fromEntries(
    doors.map(([door, file]) => {
      const compiled = file.replace('./src/', './dist/').replace(/\.ts$/, '');
      return [door, { types: `${compiled}.d.ts`, default: `${compiled}.js` }];
    }),
  );
  return await npmPack(
    staging.path,
    { ...describe(manifest), exports, engines: { node: '>=24' }, files: ['dist'] },
    out,
  );
}

/** Compiles what the doors reach, and so neither tests nor their helpers, into `dist` of the staging folder. */
async function compile(doors: readonly string[], staging: string): Promise<void> {
  const engine = join(root, 'packages/engine');
  const configuration = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: join(engine, 'src'),
      outDir: join(staging, 'dist'),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: doors.map((file) => join(engine, file)),
  };
  const path = join(staging, 'tsconfig.json');
  await writeFile(path, JSON.stringify(configuration));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', path]).catch((error: unknown) => {
    throw new Error(`the engine does not compile: ${(error as { stdout?: string }).stdout}`, { cause: error });
  });
}
