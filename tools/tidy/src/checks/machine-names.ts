import { linesOf, type Check } from '../problem.ts';

const patterns = [
  {
    pattern: /(?<![\w./~$}-])\/(?:work|root)\/|\/tmp\/seed/,
    message: 'a path of one machine',
    remedy: 'Say it relative to the project, or with a variable such as $HOME.',
  },
  {
    pattern: /\bregistry\.(?:npmjs|yarnpkg)\b|^\s*(?:@[\w-]+:)?registry\s*=|"resolved": "https?:/,
    message: 'the host of a package registry',
    remedy: 'Leave the choice of a registry to the one who installs.',
  },
];

/** What is true of one machine only has no place in the project; `hosts` are this machine's own package sources. */
export function machineNames(hosts: readonly string[]): Check {
  return (tree) =>
    tree.paths
      .filter((path) => !path.startsWith('tools/tidy/'))
      .flatMap((path) =>
        linesOf(tree.read(path) ?? '').flatMap(({ number, text }) => [
          ...patterns
            .filter(({ pattern }) => pattern.test(text))
            .map(({ message, remedy }) => ({ path, line: number, message, remedy })),
          ...hosts
            .filter((host) => text.includes(host))
            .map((host) => ({ path, line: number, message: `the host ${host} of this machine`, remedy: 'Remove it.' })),
        ]),
      );
}

/** Where this machine gets its packages from, as far as its environment says so; a name without a dot is no host to leak. */
export function packageHosts(environment: Readonly<Record<string, string | undefined>>): string[] {
  const names = ['npm_config_registry', 'NPM_CONFIG_REGISTRY', 'GOPROXY', 'PIP_INDEX_URL'];
  const urls = names.flatMap((name) => (environment[name] ?? '').split(/[,|]/));
  const hosts = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
  return [...new Set(hosts)].filter((host) => host.includes('.') && host !== '127.0.0.1');
}
