import { randomBytes } from 'node:crypto';
import { Args } from '@oclif/core';
import { openStore } from '@hayloft/assembly';
import { BackupError, isBackupError } from '@hayloft/engine';
import type { CallOptions } from '@hayloft/engine';
import { checkStore } from '@hayloft/engine/conformance';
import type { StoreCheck as Check } from '@hayloft/engine/conformance';
import { BaseCommand } from '../../base-command.ts';
import { credentialsFlag } from '../../shared-flags.ts';

const marks: Readonly<Record<Check['outcome'], string>> = { kept: 'ok   ', broken: 'FAIL ', 'not tried': 'n/a  ' };

export class StoreCheck extends BaseCommand {
  static override summary = 'Try every promise that a store must keep, beside what is in it, and clean up.';
  static override description =
    'All of it happens under a prefix of its own, hayloft-check-…/, which is removed in the end (a WebDAV server keeps empty folders). It writes 115 MB and reads 95 MB in 3,400 requests, which takes 20 s where a request takes 20 ms, and 80 s where it takes 100 ms.';
  static override examples = ['<%= config.bin %> store check default', '<%= config.bin %> store check offsite --json'];
  static override args = { target: Args.string({ default: 'default', description: 'Name of a target, or its URL.' }) };
  static override flags = { credentials: credentialsFlag };

  override async run(): Promise<object> {
    const { args, flags } = await this.parse(StoreCheck);
    await using bench = await this.open(flags);
    const { target } = args;
    const prefix = `hayloft-check-${randomBytes(6).toString('hex')}/`;
    const credentials =
      flags.credentials === undefined ? undefined : ({ kind: 'file', path: flags.credentials } as const);
    const open = (options: CallOptions) => openStore(target, bench.assembly, { ...options, credentials });
    const onLeft = (reason: unknown): void =>
      bench.assembly.say(`Blobs may be left below ${prefix} of the target ${target}: ${messageOf(reason)}`);

    const items: object[] = [];
    let brokenCount = 0;
    try {
      for await (const { detail, ...check } of checkStore(open, { signal: bench.signal, prefix, onLeft })) {
        if (check.outcome === 'broken') brokenCount++;
        items.push({ ...check, ok: check.outcome !== 'broken', ...(detail === undefined ? {} : { detail }) });
        this.log(`${marks[check.outcome]} ${check.promise}${detail === undefined ? '' : `\n      ${detail}`}`);
      }
    } catch (error) {
      // What was found before the store went away is told all the same.
      if (items.length === 0 || !isBackupError(error)) throw error;
      const result = { target, ok: false, items };
      throw new BackupError(error.code, error.message, { remedy: error.remedy, cause: error, result });
    }
    const result = { target, ok: brokenCount === 0, items };
    if (brokenCount === 0) return result;
    throw new BackupError('STORE_INVALID', `The target ${target} breaks ${brokenCount} of ${items.length} promises`, {
      remedy: 'Do not keep backups there before its maker, or its plugin, is mended.',
      result,
    });
  }
}

const messageOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));
