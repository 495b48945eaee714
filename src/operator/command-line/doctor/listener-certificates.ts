/** Checks the certificate files of the OCPP listener, and those of the authorities that sign chargers' certificates. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../../../config/config.js';
import { finding, type Finding } from '../../findings.js';
import { chargerHost } from '../chargers/charger-host.js';
import { isForHost, namesOf, onOneLine, periodFindings } from './certificate-validity.js';

/** The labels that OpenSSL reads as certificates. */
const PEM_CERTIFICATE = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]+?-----END \1-----/g;

type Settings = Pick<Config, 'listen' | 'ocpp' | 'subscriber'>;

/** @param now Epoch ms. @returns `undefined` if no certificate files are configured. */
export function chargerCertificateFindings(settings: Settings, now: number): readonly Finding[] | undefined {
  const { tls } = settings.listen.ocpp;
  const { ca } = settings.ocpp;
  if (!tls && !ca) return undefined;
  const authorities = [tls?.clientCaFile, ca?.certificateFile].filter((file) => file !== undefined);
  return [
    ...(tls?.certificates ?? []).flatMap(({ certificateFile }) => servedFindings(certificateFile, settings, now)),
    ...[...new Set(authorities)].flatMap((file) => authorityFindings(file, now)),
  ];
}

/** Checks the chain that chargers see: the certificate of this server first, then those of its issuers. */
function servedFindings(file: string, settings: Settings, now: number): readonly Finding[] {
  const chain = readChain(file);
  const problem = chainProblem(chain);
  const [leaf] = chain;
  return [
    ...(problem === undefined ? [] : [finding('certificate-untrusted', `${file}: ${problem}.`)]),
    ...chain.flatMap((one, at) => (one ? periodFindings(at === 0 ? file : partOf(file, at, one), one, now) : [])),
    ...(leaf ? [...selfSignedFindings(file, leaf), ...hostFindings(file, leaf, settings)] : []),
  ];
}

/**
 * Checks the authorities in a file. Once an authority's certificate has expired, the certificates that it signed are
 * refused.
 */
function authorityFindings(file: string, now: number): readonly Finding[] {
  return readChain(file).flatMap((one, at) =>
    one ? periodFindings(partOf(file, at, one), one, now, 'authority-expired') : [],
  );
}

function selfSignedFindings(file: string, leaf: X509Certificate): readonly Finding[] {
  if (!leaf.checkIssued(leaf)) return [];
  return [finding('certificate-self-signed', `${file}: it has no other issuer than itself.`)];
}

/**
 * Compares the names in a certificate with the host that chargers are told. Skips this behind a proxy, which has a host
 * of its own.
 */
function hostFindings(file: string, leaf: X509Certificate, { listen, subscriber }: Settings): readonly Finding[] {
  if (listen.ocpp.proxy) return [];
  const host = chargerHost(listen.ocpp.host, subscriber.uri);
  if (isForHost(leaf, host)) return [];
  return [finding('charger-host-differs', `${file}: it is for ${namesOf(leaf)}, and chargers are told ${host}.`)];
}

/** Names a certificate in a file that may contain several. */
function partOf(file: string, at: number, { subject }: X509Certificate): string {
  return `${file}, certificate ${at + 1} (${onOneLine(subject)})`;
}

/** Reads the certificates of a file; `undefined` stands for one that cannot be read. */
function readChain(file: string): readonly (X509Certificate | undefined)[] {
  return (readFileSync(file, 'utf8').match(PEM_CERTIFICATE) ?? []).map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch {
      return undefined;
    }
  });
}

/**
 * Returns what is wrong with a chain; `undefined` if nothing is. A private CA may sign the leaf directly, so a chain of
 * one is accepted; chargers then have to trust its issuer.
 */
function chainProblem(chain: ReturnType<typeof readChain>): string | undefined {
  if (chain.length === 0) return 'it has no PEM certificate';
  const unreadable = chain.indexOf(undefined);
  if (unreadable >= 0) return `certificate ${unreadable + 1} cannot be read`;
  const stranger = chain.findIndex((one, at) => at > 0 && one && chain[at - 1]?.checkIssued(one) !== true);
  return stranger < 0 ? undefined : `certificate ${stranger + 1} did not issue the one before`;
}
