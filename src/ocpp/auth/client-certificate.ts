/** Reads a charger's client certificate, and checks whether it proves the charger's identity. */
import type { X509Certificate } from 'node:crypto';
// `toLegacyObject` loads half of this module if it is not loaded yet; `createSecureContext` is then missing for good.
import 'node:tls';
import type { RejectionCode } from '../../ports/charger-access.js';

export interface ClientCertificate {
  /** Absent if the certificate has no CN, or more than one. */
  readonly commonName?: string;
  readonly organisation?: string;
  /** The SHA-256 fingerprint, which distinguishes two certificates with the same CN. */
  readonly fingerprint?: string;
  /** Why the certificate is not trusted: for example, it is expired, revoked or issued by an unknown authority. */
  readonly problem?: string;
}

export function readClientCertificate(certificate: X509Certificate, problem?: string): ClientCertificate {
  const { CN, O }: { CN?: unknown; O?: unknown } = certificate.toLegacyObject().subject ?? {};
  return {
    ...(typeof CN === 'string' && { commonName: CN }),
    ...(typeof O === 'string' && { organisation: O }),
    fingerprint: certificate.fingerprint256,
    ...(problem !== undefined && { problem }),
  };
}

/**
 * Returns why the certificate does not prove that its holder is the charge point; `undefined` if it does.
 * @param spellings The identity in the URL and the charge point's own identity.
 * @source OCPP 1.6 security whitepaper and OCPP 2.0.1: A00.FR.404 (O is the operator), .405 (CN is the charge point),
 *         .407
 */
export function findCertificateProblem(
  certificate: ClientCertificate | undefined,
  spellings: readonly string[],
  organisation: string | undefined,
): RejectionCode | undefined {
  if (!certificate) return 'no-certificate';
  if (certificate.problem !== undefined) return 'certificate-not-trusted';
  if (certificate.commonName === undefined || !spellings.includes(certificate.commonName)) return 'certificate-name';
  if (organisation !== undefined && certificate.organisation !== organisation) return 'certificate-organisation';
  return undefined;
}
