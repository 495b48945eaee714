/** Checks the certificates that others see, at our public addresses and on the OCPP listener. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { networksOf } from '../../../config/config.js';
import { finding, type Finding } from '../../findings.js';
import { isForHost, namesOf, periodFindings } from './certificate-validity.js';
import { notTried, type Check, type CheckOutcome } from './check.js';
import { chargerCertificateFindings } from './listener-certificates.js';
import { revocationListFindings } from './revocation-lists.js';

const TIMEOUT_MS = 10_000;

export const TLS_CHECK: Check = {
  name: 'certificates',
  async run({ config, clock }) {
    const addresses = [...new Set(networksOf(config).map(({ subscriber }) => subscriber.uri))];
    const secure = addresses.filter((uri) => uri.startsWith('https:'));
    const ofChargers = chargerCertificateFindings(config, clock.now());
    if (secure.length === 0 && ofChargers === undefined) return notTried('no address of ours uses TLS here');
    const outcomes = await Promise.all(secure.map((uri) => checkAddress(new URL(uri), clock.now())));
    const { crlFile } = config.listen.ocpp.tls ?? {};
    const ofLists = crlFile === undefined ? [] : await revocationListFindings(crlFile, clock.now());
    return {
      findings: [...outcomes.flatMap(({ findings }) => findings), ...(ofChargers ?? []), ...ofLists],
      notTried: outcomes.flatMap((outcome) => outcome.notTried ?? []),
    };
  },
};

/** Checks the certificate of an address over TLS, as a buyer app would see it. */
function checkAddress(url: URL, now: number): Promise<CheckOutcome> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      // SNI carries only host names, never IP addresses (RFC 6066 section 3).
      ...(isIP(host) === 0 && { servername: host }),
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    const end = (outcome: CheckOutcome): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('secureConnect', () => {
      const certificate = new X509Certificate(socket.getPeerCertificate(true).raw);
      const problem = socket.authorized ? undefined : String(socket.authorizationError);
      end({ findings: peerFindings({ shown: url.host, host }, { certificate, problem }, now) });
    });
    socket.once('timeout', () => end(notTried(`${url.host}: no TLS connection in ${TIMEOUT_MS / 1000} s`)));
    socket.once('error', ({ message }) => end(notTried(`${url.host}: ${message}`)));
  });
}

/** OpenSSL's error codes in words. OpenSSL reports one problem at most, so period and name are checked here too. */
const PROBLEMS: { readonly [code: string]: string } = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here, or an intermediate certificate is missing',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here, or an intermediate certificate is missing',
  INVALID_PURPOSE: 'it is not made for a server',
  CERT_HAS_EXPIRED: 'one of its issuers has ended',
  CERT_NOT_YET_VALID: 'one of its issuers is not valid yet',
};
/** Only the name is wrong. */
const NAME_PROBLEM = 'ERR_TLS_CERT_ALTNAME_INVALID';

interface SeenCertificate {
  readonly certificate: X509Certificate;
  /** Why it is not trusted. */
  readonly problem: string | undefined;
}

function peerFindings(
  { shown, host }: { readonly shown: string; readonly host: string },
  { certificate, problem }: SeenCertificate,
  now: number,
): readonly Finding[] {
  const ofPeriod = periodFindings(shown, certificate, now);
  const isOverOrEarly = ofPeriod.some(({ severity }) => severity === 'error');
  const isKnown = problem === undefined || problem === NAME_PROBLEM;
  const isPeriodProblem = isOverOrEarly && /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(problem ?? '');
  return [
    ...(isKnown || isPeriodProblem
      ? []
      : [finding('certificate-untrusted', `${shown}: ${PROBLEMS[problem] ?? problem}.`)]),
    ...(isForHost(certificate, host)
      ? []
      : [finding('certificate-name', `${shown}: it is for ${namesOf(certificate)}.`)]),
    ...ofPeriod,
  ];
}
