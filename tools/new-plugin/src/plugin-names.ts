/** The words of a plugin, all made of its package's name. */
export interface PluginNames {
  /** As npm knows it: `hayloft-swift`, `@acme/hayloft-swift`. */
  readonly packageName: string;
  /** The folder of the package: `hayloft-swift`. */
  readonly folder: string;
  /** What `npm pack` makes of it. */
  readonly tarball: string;
  /** The word that selects it, its `type` and its URLs' scheme: `swift`. */
  readonly type: string;
  /** `swift`, `openStackSwift`: how constants begin. */
  readonly constant: string;
  /** `Swift`, `OpenStackSwift`: how types begin. */
  readonly typeName: string;
}

/** Throws a sentence where npm would not take the name, or no word can be made of it. */
export function pluginNames(packageName: string): PluginNames {
  const [, folder] = /^(?:@[a-z0-9][a-z0-9._-]*\/)?([a-z0-9][a-z0-9._-]*)$/.exec(packageName) ?? [];
  if (folder === undefined || packageName.length > 200) {
    throw new Error(`"${packageName}" is no name of a package: write hayloft-swift or @acme/hayloft-swift`);
  }
  const type = folder.replace(/^hayloft-(?:plugin-|store-)?/, '').replaceAll(/[._]/g, '-');
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(type)) {
    throw new Error(
      `"${packageName}" makes no word for "plugin:": letters a–z and digits are wanted, as in hayloft-swift`,
    );
  }
  const typeName = type.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const tarball = `${packageName.replace(/^@/, '').replace('/', '-')}-0.1.0.tgz`;
  return { packageName, folder, tarball, type, constant: typeName[0]!.toLowerCase() + typeName.slice(1), typeName };
}
