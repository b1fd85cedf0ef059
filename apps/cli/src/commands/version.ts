import { BaseCommand } from '../base-command.ts';

export class Version extends BaseCommand {
  static override summary = 'Print the version of hayloft and of the Node.js that runs it.';
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];

  override async run(): Promise<object> {
    await this.parse(Version);
    const { version } = this.config;
    this.log(`hayloft ${version} (Node.js ${process.versions.node})`);
    return { version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
  }
}
