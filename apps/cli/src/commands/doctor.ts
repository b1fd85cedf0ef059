import { BaseCommand } from '../base-command.ts';
export class Doctor extends BaseCommand {
  override async run(): Promise<object> {
    await this.parse(Doctor);
    return {};
  }
}
