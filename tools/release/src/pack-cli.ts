import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { npmPack } from './npm-pack.ts';
import { describe, readManifest, root, stagingFolder } from './workspace.ts';

/** Optional parts of oclif for programs in TypeScript; bundled, they would bring the whole compiler. */
const neverUsed = ['typescript', 'ts-node', 'tsx'];

/**
 * Packs the program `hayloft`: one bundle, its launcher and Node itself as a dependency, so that it runs where the machine
 * has only an older Node. Resolves to the tarball's path.
 */
export async function packCli(out: string): Promise<string> {
  await using staging = await stagingFolder();
  const cli = join(root, 'apps/cli');
  const manifest = await readManifest('apps/cli');
  const native = await nativeDependencies();
  await bundle(join(cli, 'src/main.ts'), join(staging.path, 'dist'), [...Object.keys(native), ...neverUsed]);
  for (const name of ['bin', 'oclif.manifest.json']) {
    await cp(join(cli, name), join(staging.path, name), { recursive: true });
  }
  const { oclif } = JSON.parse(await readFile(join(cli, 'package.json'), 'utf8')) as { readonly oclif?: object };
  const released = {
    ...describe(manifest),
    bin: { hayloft: 'bin/hayloft' },
    ...(oclif === undefined ? {} : { oclif }),
    files: ['bin', 'dist', 'oclif.manifest.json'],
    dependencies: native,
    optionalDependencies: (await readManifest('')).optionalDependencies,
  };
  return await npmPack(staging.path, released, out);
}

/** The packages of machine code, which cannot be bundled, in the one version that the workspace has of each. */
async function nativeDependencies(): Promise<Readonly<Record<string, string>>> {
  const { name, version } = await readManifest('node_modules/koffi');
  return { [name]: version };
}
