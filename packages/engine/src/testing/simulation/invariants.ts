import type { SampleImage } from '../../conformance/sample-image.ts';
import type { BackupConfig } from '../../contracts/format.ts';
import { isBackupError } from '../../errors.ts';
import type { World } from './world.ts';

/** The complete config that stands under a name now, or undefined; what cannot be decoded counts as a fault. */
export function standingConfig(world: World, name: string): BackupConfig | undefined {
  const { blobs, format } = world;
  const bytes = blobs.peek(format.configKey(name));
  if (bytes === undefined || bytes.length === 0) return undefined;
  const config = format.decodeConfig(bytes, name);
  return config.completedAt === '' ? undefined : config;
}

/** What is wrong with a complete config at this moment: its blocks, its bytes, its image. */
export async function faultOfConfig(world: World, config: BackupConfig): Promise<string | undefined> {
  const { blobs, format } = world;
  const bytes = new Uint8Array(config.sizeBytes);
  for (const { index, offset, digest } of config.blocks.entries()) {
    const stored = blobs.peek(format.blockKey(digest));
    if (stored === undefined)
      return `"${config.name}" names block ${digest.slice(0, 8)} (window ${index}), which is not stored`;
    try {
      bytes.set(await format.decodeBlock(config.compression, stored, digest), offset);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      return `"${config.name}" names block ${digest.slice(0, 8)}, whose ${stored.length} bytes do not match it`;
    }
  }
  if (imageOf(world, config.name, bytes) === undefined)
    return `"${config.name}" restores to bytes that nobody backed up`;
  return undefined;
}

/** Which of a name's images these bytes are. */
export function imageOf(world: World, name: string, bytes: Uint8Array): SampleImage | undefined {
  const images = world.images.get(name.replace(/^longhorn-/, '')) ?? [];
  return images.find((image) => Buffer.compare(image.bytes, bytes) === 0);
}

/** Everything that may not be, in the store as it stands. */
export async function faultsOfStore(world: World): Promise<string[]> {
  const { blobs, format } = world;
  const faults: string[] = [];
  for (const key of blobs.keys()) {
    const name = format.parseConfigKey(key);
    if (name === undefined) continue;
    try {
      const config = standingConfig(world, name);
      const fault = config && (await faultOfConfig(world, config));
      if (fault !== undefined) faults.push(fault);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      faults.push(`half a config stands under "${name}": ${error.message}`);
    }
  }
  return faults;
}
