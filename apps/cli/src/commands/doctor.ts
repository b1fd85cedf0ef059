import { allTargets, listPlugins } from '@hayloft/assembly';
import { BackupError } from '@hayloft/engine';
import type { ErrorCode } from '@hayloft/engine';
import { BaseCommand } from '../base-command.ts';
import { examineDisk } from '../doctor/examine-disk.ts';
import { examineMachine } from '../doctor/examine-machine.ts';
import { examineTarget } from '../doctor/examine-target.ts';
import { examine, ok } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';

const marks = { ok: 'ok  ', warning: 'warn', failed: 'FAIL' };

export class Doctor extends BaseCommand {
  static override summary = 'Look whether everything that hayloft needs is there, and say how to mend what is not.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --config ./hayloft.yaml --json'];

  override async run(): Promise<object> {
    const { flags } = await this.parse(Doctor);
    await using bench = await this.open(flags);
    const { assembly } = bench;
    const findings: Finding[] = [];
    const note = (some: readonly Finding[]): void => {
      bench.signal.throwIfAborted();
      for (const finding of some) {
        findings.push(finding);
        this.log(`${marks[finding.state]}  ${finding.name}: ${finding.detail}`);
        if (finding.remedy !== undefined) this.log(`      Try this: ${finding.remedy}`);
      }
    };
    note([ok('configuration', assembly.configuration.file ?? 'none: defaults are in force')]);
    note(examineMachine());
    note(await examine('plugins', async () => [ok('plugins', describe(await listPlugins(assembly)))]));
    note(await examine('disk', () => examineDisk(bench)));
    for (const target of allTargets(assembly)) {
      note(await examine(`target ${target.name}`, () => examineTarget(target, bench)));
    }
    const items = findings.map(({ exitCode: _status, ...finding }) => finding);
    const failed = findings.filter(({ state }) => state === 'failed');
    const [worst] = failed.sort((a, b) => (b.exitCode ?? 1) - (a.exitCode ?? 1));
    const result = { ok: worst === undefined, items };
    if (worst === undefined) return result;
    throw new BackupError(
      worst.code as ErrorCode,
      `${failed.length} of ${items.length} things need mending: ${worst.detail}`,
      {
        remedy: worst.remedy ?? 'See the lines above.',
        result,
      },
    );
  }
}

const describe = (plugins: Awaited<ReturnType<typeof listPlugins>>): string =>
  plugins.map(({ plugin }) => `${plugin.kind} ${plugin.type}`).join(', ');
