import { join } from 'node:path';
import type { Site } from './server.ts';

export interface Certificates {
  /** PEM of the authority: what a client must be given to trust the server. */
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes an authority, and a certificate by it for 127.0.0.1 and localhost. */
export async function makeCertificates(site: Site): Promise<Certificates> {
  const path = (name: string): string => join(site.directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const openssl = (...args: string[]): Promise<void> => site.call('openssl', args);
  await openssl(
    ...['req', '-x509', ...key, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '3650'],
    ...['-subj', '/CN=Hayloft test authority', '-addext', 'keyUsage=critical,keyCertSign'],
  );
  await openssl(
    ...['req', '-x509', ...key, '-keyout', path('server.key'), '-out', path('server.pem'), '-days', '3650'],
    ...['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  return { caFile: path('ca.pem'), certificateFile: path('server.pem'), keyFile: path('server.key') };
}
