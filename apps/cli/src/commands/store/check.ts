import { randomBytes } from 'node:crypto';
import { Args } from '@oclif/core';
import { BackupError, isBackupError, withPrefix } from '@hayloft/engine';
import { storeCases } from '@hayloft/engine/conformance';
import { BaseCommand } from '../../base-command.ts';
import { credentialsFlag } from '../../shared-flags.ts';
import type { Workbench } from '../../workbench.ts';

interface Check {
  readonly name: string;
  readonly promise: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** Enough for a listing of more than one page in most stores, and few enough for a slow link. */
const listCount = 1_001;
const keyLengthMax = 255;

export class StoreCheck extends BaseCommand {
  static override summary = 'Try every promise that a store must keep, beside what is in it, and clean up.';
  static override examples = ['<%= config.bin %> store check default', '<%= config.bin %> store check offsite --json'];
  static override args = { target: Args.string({ default: 'default', description: 'Name of a target, or its URL.' }) };
  static override flags = { credentials: credentialsFlag };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreCheck);
    await using bench = await this.open(flags);
    const prefix = `hayloft-check-${randomBytes(6).toString('hex')}/`;
    const open = async () => withPrefix(await bench.openStore(args.target, flags), prefix);
    const options = { signal: bench.signal, listCount, keyLengthMax: keyLengthMax - prefix.length };
    const items: Check[] = [];
    for (const { name, promise, run } of storeCases) {
      const check = await attempt({ name, promise }, () => run(open, options), bench);
      items.push(check);
      this.log(
        `${check.ok ? 'ok  ' : 'FAIL'}  ${promise}${check.detail === undefined ? '' : `\n      ${check.detail}`}`,
      );
    }
    const broken = items.filter(({ ok }) => !ok);
    const result = { target: args.target, ok: broken.length === 0, items };
    if (broken.length === 0) return result;
    throw new BackupError(
      'STORE_INVALID',
      `The target ${args.target} breaks ${broken.length} of ${items.length} promises`,
      {
        remedy: 'Do not keep backups there before its maker, or its plugin, is mended.',
        result,
      },
    );
  }
}

/** A store that cannot be reached or written breaks no promise: that failure ends the check. */
async function attempt(
  about: Pick<Check, 'name' | 'promise'>,
  run: () => Promise<void>,
  bench: Workbench,
): Promise<Check> {
  try {
    await run();
    return { ...about, ok: true };
  } catch (error) {
    bench.signal.throwIfAborted();
    if (isBackupError(error)) throw error;
    return { ...about, ok: false, detail: Error.isError(error) ? error.message.split('\n', 1)[0]! : String(error) };
  }
}
