import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { BackupError } from '@hayloft/engine';

/**
 * Whom to believe: the authorities that Node brings, those of this machine, and those of `bundle` (PEM, any number).
 * Made once for all connections, and without a bundle once for all clients: 300 authorities take 15 ms.
 * `CONFIGURATION_INVALID` for a bundle that holds no certificate or a damaged one.
 */
export function createTrust(bundle: string | undefined): SecureContext {
  if (bundle === undefined) return (usualTrust ??= trusting([]));
  return trusting(certificatesOf(bundle));
}

let usualTrust: SecureContext | undefined;

const trusting = (own: readonly string[]): SecureContext =>
  createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own])],
    minVersion: 'TLSv1.2',
    // A bundle may name an intermediate, or a server's own certificate: whom it names is believed, as in Go's libraries.
    allowPartialTrustChain: true,
  });

function certificatesOf(bundle: string): readonly string[] {
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = bundle.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (certificates.length === 0 || certificates.length !== begun) {
    throw invalid(begun === 0 ? 'it holds no PEM certificate' : 'a certificate in it has no end', undefined);
  }
  certificates.forEach((certificate, index) => {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw invalid(`certificate ${index + 1} of ${certificates.length} is damaged`, cause);
    }
  });
  return certificates;
}

const invalid = (why: string, cause: unknown): BackupError =>
  new BackupError('CONFIGURATION_INVALID', `the bundle of certificate authorities cannot be used: ${why}`, {
    remedy: 'Give a PEM file with one or more "BEGIN CERTIFICATE" sections.',
    cause,
  });
