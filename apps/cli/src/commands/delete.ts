import { BaseCommand } from '../base-command.ts';
export class Delete extends BaseCommand {
  override async run(): Promise<object> {
    await this.parse(Delete);
    return {};
  }
}
