/** Reads certificates and keys from PEM files: at startup, to reject unusable ones, and again when they change. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificatePair, Config, TlsSettings } from '../config.js';

/** PEM-encoded certificates and keys for a TLS listener; a certificate and its key have the same index. */
export interface TlsFiles {
  readonly cert: readonly string[];
  readonly key: readonly string[];
  readonly ca?: string;
  readonly crl?: string;
}

/**
 * Returns a sentence for each unusable file. In production, if all files are usable, it returns one for each key that
 * every user can read.
 */
export function checkPemFiles({ mode, listen, ocpp }: Pick<Config, 'mode' | 'listen' | 'ocpp'>): string[] {
  const problems: string[] = [];
  const { tls } = listen.ocpp;
  if (tls) readTlsFiles(tls, problems);
  const pairs = [
    ...(tls?.certificates ?? []).map((pair, at) => [`listen.ocpp.tls.certificates.${at}`, pair] as const),
    ...(ocpp.ca ? [['ocpp.ca', ocpp.ca] as const] : []),
  ];
  if (ocpp.ca) readCaFiles(ocpp.ca, problems);
  if (mode === 'production' && problems.length === 0) {
    for (const [key, { keyFile }] of pairs) {
      const bits = statSync(keyFile).mode & 0o777;
      if ((bits & 0o007) === 0) continue;
      problems.push(`${key}.keyFile: ${keyFile} has mode 0${bits.toString(8)}; every user can read this key`);
    }
  }
  return problems;
}

/** @errors Adds sentences to `problems`; the result is usable only if none were added. */
export function readTlsFiles(tls: TlsSettings, problems: string[]): TlsFiles {
  const at = 'listen.ocpp.tls';
  const before = problems.length;
  const pairs = tls.certificates.map((pair, index) => readPair(pair, `${at}.certificates.${index}`, problems));
  const ca = tls.clientCaFile === undefined ? undefined : readPemFile(`${at}.clientCaFile`, tls.clientCaFile, problems);
  const crl = tls.crlFile === undefined ? undefined : readPemFile(`${at}.crlFile`, tls.crlFile, problems);
  if (ca !== undefined) parseCertificate(ca, `${at}.clientCaFile: ${tls.clientCaFile}`, problems);
  if (crl !== undefined && !crl.includes('BEGIN X509 CRL'))
    problems.push(`${at}.crlFile: ${tls.crlFile} contains no PEM revocation list`);
  const files = {
    cert: pairs.map(({ cert }) => cert),
    key: pairs.map(({ key }) => key),
    ...(ca !== undefined && { ca }),
    ...(crl !== undefined && { crl }),
  };
  if (problems.length === before) checkUsable(files, at, problems);
  return files;
}

/** Loads the files as the listener will, to find incomplete chains or revocation lists and keys that are too short. */
function checkUsable(files: SecureContextOptions, at: string, problems: string[]): void {
  try {
    createSecureContext(files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(`${at}: the listener cannot use these files (${reason})`);
  }
}

/** @errors Adds sentences to `problems`. */
export function readCaFiles(ca: CertificatePair, problems: string[]): { readonly cert: string; readonly key: string } {
  const pair = readPair(ca, 'ocpp.ca', problems);
  const certificate = parseCertificate(pair.cert, 'ocpp.ca.certificateFile', []);
  if (certificate && !certificate.ca)
    problems.push(`ocpp.ca.certificateFile: ${ca.certificateFile} is not a CA certificate and cannot sign others`);
  return pair;
}

function readPair(
  { certificateFile, keyFile }: CertificatePair,
  at: string,
  problems: string[],
): { readonly cert: string; readonly key: string } {
  const cert = readPemFile(`${at}.certificateFile`, certificateFile, problems) ?? '';
  const key = readPemFile(`${at}.keyFile`, keyFile, problems) ?? '';
  if (cert === '' || key === '') return { cert, key };
  const certificate = parseCertificate(cert, `${at}.certificateFile: ${certificateFile}`, problems);
  try {
    const own = createPrivateKey(key);
    if (certificate && !certificate.checkPrivateKey(own))
      problems.push(`${at}.keyFile: ${keyFile} is not the key of the certificate in ${certificateFile}`);
  } catch {
    // The error's text is not shown, because it might contain parts of the key.
    problems.push(`${at}.keyFile: ${keyFile} contains no PEM private key without a passphrase`);
  }
  return { cert, key };
}

function parseCertificate(pem: string, where: string, problems: string[]): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    problems.push(`${where} contains no PEM certificate`);
    return undefined;
  }
}

function readPemFile(key: string, file: string, problems: string[]): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.trim() !== '') return text;
    problems.push(`${key}: ${file} is empty`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    problems.push(`${key}: ${file} cannot be read (${code})`);
  }
  return undefined;
}
