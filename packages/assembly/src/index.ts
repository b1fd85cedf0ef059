export type { Assembly } from './assembly.ts';
export type { Catalogue } from './catalogue.ts';
export type { Configuration, CredentialsPlace, Downloads, Limits, TargetConfiguration } from './configuration.ts';
export { createContext, type ContextOptions } from './context.ts';
export { allTargets, defaultStorePath, defaultTargetName, findTarget, isBackupUrl, isUrl } from './find-target.ts';
export { loadConfiguration, type ConfigurationRequest } from './load-configuration.ts';
export { listPlugins, type ListedPlugin } from './load-plugin.ts';
export { maskUrlPassword } from './mask.ts';
export { nearest, suggestion } from './nearest.ts';
export {
  openImage,
  openSource,
  sourceKindOf,
  type DownloadRequest,
  type OpenSourceOptions,
  type SourceKind,
} from './open-source.ts';
export { openBackup, openStore, openTarget, type BackupPlace, type OpenStoreOptions } from './open-store.ts';
export { parseBytes } from './parse-bytes.ts';
export { placesOf, type Environment, type Places } from './places.ts';
export { showConfiguration, type ShownSetting } from './show-configuration.ts';
export { openStoreMemory } from './store-memory.ts';
export { writeFileAtomically } from './write-file-atomically.ts';
