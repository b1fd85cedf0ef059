import { isBackupError } from '../../errors.ts';
import { honestOperations } from './mutation.ts';
import { contextOf } from './actors.ts';
import type { Stage } from './actors.ts';
import { faultsOfStore, imageOf, standingConfig } from './invariants.ts';
import type { World } from './world.ts';

/** Every lock and every config in progress that the dead left is taken for dead by then. */
const untilForgottenMs = 25 * 3_600_000;

/**
 * The morning after: no faults, everybody dead is dead. Each image is backed up by the same commands as before, with what is in the store
 * used; what nobody needs is collected; everything restores.
 */
export async function settleAccounts(stage: Stage): Promise<void> {
  const { world, violations, mutation } = stage;
  const { clock, random, format } = world;
  await clock.sleep(untilForgottenMs, new AbortController());
  const context = contextOf(stage, {
    store: world.openStore('epilogue'),
    clock,
    random,
    killed: new Promise(() => {}),
  });
  const store = mutation.store?.(world.openStore('epilogue'), context) ?? world.openStore('epilogue');
  const operations = { ...honestOperations, ...mutation.operations };
  const must = async (what: string, work: () => Promise<string | undefined>): Promise<void> => {
    try {
      const fault = await work();
      if (fault !== undefined) violations.push(`afterwards ${what}: ${fault}`);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      violations.push(`afterwards ${what} fails: ${error.code}: ${error.message}`);
    }
  };

  for (const [name, images] of world.images) {
    const standing = standingConfig(world, name);
    const image = images.find(({ checksum }) => checksum === standing?.checksum) ?? images[0]!;
    const lacking = new Set(image.windows.filter((window) => isLacking(world, window)).map((w) => format.digest(w)));
    await must(`backup "${name}"`, async () => {
      const compression = { fallback: format.methods[0]! };
      const { blocks } = await operations.backup({ store, name, compression, source: image.source() }, context);
      return blocks.written > lacking.size
        ? `${blocks.written} blocks were written although ${lacking.size} were lacking`
        : undefined;
    });
  }
  await must('prune', async () => {
    await operations.prune({ store, dryRun: false }, context);
    const orphans = orphanBlocks(world);
    return orphans.length === 0 ? undefined : `${orphans.length} orphans are left`;
  });
  violations.push(...(await faultsOfStore(world)).map((fault) => `afterwards ${fault}`));
  for (const name of world.images.keys()) {
    await must(`restore "${name}"`, async () => {
      const parts: Uint8Array[] = [];
      const write = async (bytes: Uint8Array): Promise<void> => void parts.push(Uint8Array.from(bytes));
      const { proven } = await operations.restore({ store, name, sink: { kind: 'stream', write } }, context);
      const image = imageOf(world, name, Buffer.concat(parts));
      return image === undefined || proven !== true ? 'the bytes are not proven' : undefined;
    });
  }
}

/** A block that a backup of this window has to put: it is not there, or of a size that no sound one has. */
function isLacking({ blobs, format }: World, window: Uint8Array): boolean {
  if (window.every((byte) => byte === 0)) return false;
  const stored = blobs.peek(format.blockKey(format.digest(window)));
  const { min, max } = format.packedSizeBounds(format.methods[0]!, window.length);
  return stored === undefined || stored.length < min || stored.length > max;
}

function orphanBlocks(world: World): string[] {
  const { blobs, format } = world;
  const named = new Set<string>();
  for (const key of blobs.keys()) {
    const name = format.parseConfigKey(key);
    const config = name === undefined ? undefined : standingConfig(world, name);
    for (const { digest } of config?.blocks.entries() ?? []) named.add(digest);
  }
  return blobs.keys().filter((key) => {
    const digest = format.parseBlockKey(key);
    return digest !== undefined && !named.has(digest);
  });
}
