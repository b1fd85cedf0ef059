import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { completionScripts } from '../completion-scripts.ts';

export class Completion extends BaseCommand {
  static override summary = 'Print the completion script of a shell.';
  static override examples = [
    '<%= config.bin %> completion bash > /etc/bash_completion.d/hayloft',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/hayloft.fish',
  ];
  static override args = {
    shell: Args.option({ options: ['bash', 'zsh', 'fish'] as const, description: 'bash, zsh or fish.' })({
      required: true,
    }),
  };

  override async run(): Promise<object> {
    const { args } = await this.parse(Completion);
    const script = completionScripts[args.shell](this.config);
    this.log(script);
    return { shell: args.shell, script };
  }
}
