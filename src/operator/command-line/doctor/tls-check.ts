/** Checks the certificates that others see, at our public addresses and on the OCPP listener. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { networksOf, type Config } from '../../../config/config.js';
import { finding, type Finding } from '../../findings.js';
import { notTried, type Check, type CheckOutcome } from './check.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 21;
const TIMEOUT_MS = 10_000;
/** The labels that OpenSSL reads as certificates. */
const PEM_CERTIFICATE = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]+?-----END \1-----/g;

export const TLS_CHECK: Check = {
  name: 'certificates',
  async run({ config, clock }) {
    const addresses = [...new Set(networksOf(config).map(({ subscriber }) => subscriber.uri))];
    const secure = addresses.filter((uri) => uri.startsWith('https:'));
    const ofListener = listenerFindings(config, clock.now());
    if (secure.length === 0 && ofListener === undefined) return notTried('no address of ours uses TLS here');
    const outcomes = await Promise.all(secure.map((uri) => checkAddress(new URL(uri), clock.now())));
    return {
      findings: [...outcomes.flatMap(({ findings }) => findings), ...(ofListener ?? [])],
      notTried: outcomes.flatMap((outcome) => outcome.notTried ?? []),
    };
  },
};

/** Checks the certificate files of the OCPP listener. @returns `undefined` if it does not use TLS. */
function listenerFindings({ listen }: Config, now: number): readonly Finding[] | undefined {
  return listen.ocpp.tls?.certificates.flatMap(({ certificateFile }) => {
    const chain = readChain(readFileSync(certificateFile, 'utf8'));
    const problem = chainProblem(chain);
    const ends = chain.flatMap((one) => (one ? [Date.parse(one.validTo)] : []));
    return [
      ...(problem === undefined ? [] : [finding('certificate-untrusted', `${certificateFile}: ${problem}.`)]),
      ...expiryFindings(certificateFile, Math.min(...ends), now),
    ];
  });
}

/** Reads the certificates of a file; `undefined` stands for one that cannot be read. */
function readChain(text: string): readonly (X509Certificate | undefined)[] {
  return (text.match(PEM_CERTIFICATE) ?? []).map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch {
      return undefined;
    }
  });
}

/** A private CA may sign the leaf directly, so a chain of one is accepted; chargers then have to trust its issuer. */
function chainProblem(chain: ReturnType<typeof readChain>): string | undefined {
  if (chain.length === 0) return 'it has no PEM certificate';
  const unreadable = chain.indexOf(undefined);
  if (unreadable >= 0) return `certificate ${unreadable + 1} cannot be read`;
  const stranger = chain.findIndex((one, at) => at > 0 && one && chain[at - 1]?.checkIssued(one) !== true);
  return stranger < 0 ? undefined : `certificate ${stranger + 1} did not issue the one before`;
}

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
      const certificate = socket.getPeerCertificate(true);
      const problem = socket.authorized ? undefined : socket.authorizationError;
      end({ findings: peerFindings(url, { certificate, problem: problem && String(problem) }, now) });
    });
    socket.once('timeout', () => end(notTried(`${url.host}: no TLS connection in ${TIMEOUT_MS / 1000} s`)));
    socket.once('error', ({ message }) => end(notTried(`${url.host}: ${message}`)));
  });
}

function peerFindings(
  { host }: URL,
  { certificate, problem }: { readonly certificate: DetailedPeerCertificate; readonly problem: string | undefined },
  now: number,
): readonly Finding[] {
  const ended = problem === 'CERT_HAS_EXPIRED';
  return [
    ...(problem === undefined || ended ? [] : [finding('certificate-untrusted', `${host}: ${problem}.`)]),
    ...expiryFindings(host, Date.parse(certificate.valid_to), now),
  ];
}

function expiryFindings(where: string, endsAt: number, now: number): readonly Finding[] {
  const days = Math.floor((endsAt - now) / DAY_MS);
  if (!(days <= WARN_DAYS)) return [];
  const when = days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`;
  return [finding('certificate-expires', `${where}: it ${when}.`)];
}
