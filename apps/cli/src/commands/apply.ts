import { BaseCommand } from '../base-command.ts';
export class Apply extends BaseCommand {
  override async run(): Promise<object> {
    await this.parse(Apply);
    return {};
  }
}
