/** Checks whether the lists of revoked certificates are still valid. */
import { readFileSync } from 'node:fs';
import { finding, type Finding } from '../../findings.js';
import { dateText } from './certificate-validity.js';

const PEM_LIST = /-----BEGIN X509 CRL-----[\s\S]+?-----END X509 CRL-----/g;
/** A warning is given once no more than this share of a list's period is left, because the next one should be there. */
const LEFT_SHARE = 1 / 10;

/**
 * Checks the lists in a file.
 * @param now Epoch ms.
 * @source RFC 5280 §5.1.2.5: a list ends at its nextUpdate. OpenSSL then refuses every certificate of its issuer.
 */
export async function revocationListFindings(file: string, now: number): Promise<readonly Finding[]> {
  await import('reflect-metadata');
  const { X509Crl } = await import('@peculiar/x509');
  const lists = readFileSync(file, 'utf8').match(PEM_LIST) ?? [];
  return lists.flatMap((pem, at) => {
    const where = lists.length === 1 ? file : `${file}, list ${at + 1}`;
    return periodFindings(where, new X509Crl(pem), now);
  });
}

/** Reports a list that has ended or ends soon. A list without an end is valid for ever. */
function periodFindings(
  where: string,
  { thisUpdate, nextUpdate }: { readonly thisUpdate: Date; readonly nextUpdate?: Date | undefined },
  now: number,
): readonly Finding[] {
  if (!nextUpdate) return [];
  const end = nextUpdate.getTime();
  if (end <= now) return [finding('revocation-list-expired', `${where}: it ended on ${dateText(end)}.`)];
  const isEnding = end - now <= (end - thisUpdate.getTime()) * LEFT_SHARE;
  return isEnding ? [finding('revocation-list-expires', `${where}: it ends on ${dateText(end)}.`)] : [];
}
