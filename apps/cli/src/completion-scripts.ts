import type { Config } from '@oclif/core';

interface Completed {
  /** `backup create`. */
  readonly words: string;
  readonly summary: string;
  readonly flags: readonly { readonly name: string; readonly summary: string; readonly takesValue: boolean }[];
}

/** Scripts that complete commands and flags, made from the manifest: a shell must not start a program for each tab. */
export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish', (config: Config) => string>> = {
  bash: bashScript,
  zsh: (config) => `#compdef ${config.bin}\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(config)}`,
  fish: fishScript,
};

function completedOf(config: Config): Completed[] {
  const commands = config.commands.map(({ id, summary = '', flags }) => ({
    words: id.replaceAll(':', ' '),
    summary,
    flags: Object.values(flags).map((flag) => ({
      name: flag.name,
      summary: flag.summary ?? '',
      takesValue: flag.type === 'option',
    })),
  }));
  return commands.sort((a, b) => (a.words < b.words ? -1 : 1));
}

/** Looks at the words so far: the next words of commands that begin with them, and the flags of the one that is whole. */
function bashScript(config: Config): string {
  const commands = completedOf(config);
  const nextWords = new Map<string, Set<string>>();
  for (const { words } of commands) {
    const parts = words.split(' ');
    for (const [depth, part] of parts.entries()) {
      const before = parts.slice(0, depth).join(' ');
      nextWords.set(before, (nextWords.get(before) ?? new Set()).add(part));
    }
  }
  const wordCases = [...nextWords].map(([before, next]) => `    '${before}') words='${[...next].join(' ')}' ;;`);
  const flagCases = commands.map(
    ({ words, flags }) => `    '${words}') flags='${flags.map(({ name }) => `--${name}`).join(' ')}' ;;`,
  );
  return `_${config.bin}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before='' word words='' flags=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) break ;; *) before="\${before:+$before }$word" ;; esac
  done
  case $before in
${wordCases.join('\n')}
  esac
  while [ -n "$before" ] && [ -z "$words$flags" ]; do
    case $before in
${flagCases.map((line) => `  ${line}`).join('\n')}
    esac
    case $before in *' '*) before=\${before% *} ;; *) before='' ;; esac
  done
  case $current in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")); [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _${config.bin} ${config.bin}`;
}

function fishScript(config: Config): string {
  const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const { bin } = config;
  const lines: string[] = [];
  for (const { words, summary, flags } of completedOf(config)) {
    const parts = words.split(' ');
    const last = parts.pop()!;
    const seen = (each: readonly string[]): string =>
      each.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const before = parts.length === 0 ? '__fish_use_subcommand' : `${seen(parts)}; and not ${seen([last])}`;
    lines.push(`complete -c ${bin} -f -n ${quote(before)} -a ${last} -d ${quote(summary)}`);
    for (const flag of flags) {
      const value = flag.takesValue ? ' -r' : '';
      lines.push(
        `complete -c ${bin} -n ${quote(seen([...parts, last]))} -l ${flag.name}${value} -d ${quote(flag.summary)}`,
      );
    }
  }
  return lines.join('\n');
}
