/** Checks when a certificate is valid, and for which hosts. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { finding, type Finding, type FindingCode } from '../../findings.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 21;

/**
 * @param where Names the certificate.
 * @param expired The finding for one that has ended.
 * @param now Epoch ms.
 */
export function periodFindings(
  where: string,
  { validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>,
  now: number,
  expired: FindingCode = 'certificate-expired',
): readonly Finding[] {
  const [begin, end] = [Date.parse(validFrom), Date.parse(validTo)];
  if (begin > now) return [finding('certificate-not-yet-valid', `${where}: it is valid from ${dateText(begin)} on.`)];
  if (end <= now) return [finding(expired, `${where}: it ended on ${dateText(end)}.`)];
  const days = Math.floor((end - now) / DAY_MS);
  if (!(days <= WARN_DAYS)) return [];
  return [finding('certificate-expires', `${where}: it ends in ${days === 1 ? '1 day' : `${days} days`}.`)];
}

/** @param at Epoch ms. */
export function dateText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, '');
}

/** @param host A name or an address, without brackets. */
export function isForHost(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) > 0 ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

export function namesOf({ subject, subjectAltName }: X509Certificate): string {
  return subjectAltName ?? onOneLine(subject);
}

/** @param name A distinguished name, with one part on each line. */
export function onOneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
