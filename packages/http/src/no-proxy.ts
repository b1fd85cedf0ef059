import { BlockList, isIP } from 'node:net';
import { BackupError } from '@hayloft/engine';

/** True for a URL that goes to its host directly. */
export type ProxyExemption = (url: URL) => boolean;

/**
 * Reads a `NO_PROXY` list: names (with their subdomains), `.domain`, addresses, networks as `10.0.0.0/8`, each with an
 * optional `:port`, separated by commas or blanks; `*` exempts all. `CONFIGURATION_INVALID` for a network that is none.
 * Names are not resolved: a network exempts only URLs that are written with an address.
 */
export function parseNoProxy(list: string): ProxyExemption {
  const rules = list
    .split(/[\s,]+/)
    .filter((rule) => rule !== '')
    .map(parseRule);
  return (url) => rules.some((rule) => rule(url));
}

function parseRule(rule: string): ProxyExemption {
  if (rule === '*') return () => true;
  if (rule.includes('/')) return networkRule(rule);
  const { host, port } = splitPort(rule.toLowerCase());
  const name = host.replace(/^\*?\./, '');
  return (url) => {
    if (port !== undefined && port !== portOf(url)) return false;
    const target = hostOf(url);
    return target === name || (isIP(target) === 0 && target.endsWith(`.${name}`));
  };
}

function networkRule(rule: string): ProxyExemption {
  const [address = '', bits = ''] = rule.split('/');
  const family = isIP(address);
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    throw new BackupError('CONFIGURATION_INVALID', `"${rule}" in the list of hosts without proxy is not a network`, {
      remedy: 'Write it as 10.0.0.0/8 or fd00::/8.',
    });
  }
  const network = new BlockList();
  network.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (url) => {
    const target = hostOf(url);
    const targetFamily = isIP(target);
    return targetFamily !== 0 && network.check(target, targetFamily === 4 ? 'ipv4' : 'ipv6');
  };
}

/** `host:port`, `[address]:port`, or a bare IPv6 address, which has colons but no port. */
function splitPort(rule: string): { readonly host: string; readonly port: string | undefined } {
  const match = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(rule);
  const host = match === null ? rule : match[1]!;
  return { host: host.replace(/^\[|\]$/g, ''), port: match?.[2] };
}

const hostOf = (url: URL): string =>
  url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
const portOf = (url: URL): string => (url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80');
