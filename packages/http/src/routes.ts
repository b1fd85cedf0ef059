import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { BackupError, type Secret } from '@hayloft/engine';
import { parseNoProxy } from './no-proxy.ts';
import { createTrust } from './trust.ts';

export interface RouteOptions {
  /** URL of an http or https proxy for all requests; may hold `user:password@`. */
  readonly proxy?: Secret | undefined;
  /** Hosts that are reached without it: see `parseNoProxy`. */
  readonly noProxy?: string | undefined;
  /** PEM of further certificate authorities. */
  readonly cacert?: string | undefined;
  readonly connectTimeoutMs: number;
  /** Longest silence within a body. */
  readonly idleTimeoutMs: number;
}

/** The ways out of this machine: direct, or through the proxy. */
export interface Routes {
  to(url: URL): Dispatcher;
  /** Breaks every connection. */
  destroy(): Promise<void>;
}

export function openRoutes(options: RouteOptions): Routes {
  const { connectTimeoutMs, idleTimeoutMs, noProxy } = options;
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy);
  const isExempt = parseNoProxy(noProxy ?? '');
  // HTTP/2 would put all ranges of a file into one connection, and so into one congestion window.
  const tls = { secureContext: createTrust(options.cacert), allowH2: false };
  const direct = new Agent({
    connect: { ...tls, timeout: connectTimeoutMs },
    headersTimeout: 0, // the client's own limit covers name, proxy, connection and headers together
    bodyTimeout: idleTimeoutMs,
  });
  const proxied =
    proxy &&
    new ProxyAgent({
      ...proxy,
      requestTls: tls,
      proxyTls: tls,
      connectTimeout: connectTimeoutMs,
      proxyTunnel: false, // plain http is forwarded: many proxies open tunnels to port 443 only
      headersTimeout: 0,
      bodyTimeout: idleTimeoutMs,
    });
  return {
    to: (url) => (proxied === undefined || isExempt(url) ? direct : proxied),
    async destroy() {
      await Promise.all([direct.destroy(), proxied?.destroy()]);
    },
  };
}

function parseProxy(secret: Secret): { readonly uri: string; readonly token?: string } {
  const url = URL.parse(secret.reveal());
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw invalidProxy('is not the URL of an http or https proxy');
  }
  if (url.username === '') return { uri: url.origin };
  return { uri: url.origin, token: `Basic ${Buffer.from(userAndPassword(url)).toString('base64')}` };
}

function userAndPassword(url: URL): string {
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    // The cause would show the password.
    throw invalidProxy('has a "%" in its user or password that starts no code; write it as %25');
  }
}

const invalidProxy = (why: string): BackupError =>
  new BackupError('CONFIGURATION_INVALID', `the proxy given ${why}`, {
    remedy: 'Write it as http://host:port or http://user:password@host:port.',
  });
