/** Creates certificate authorities, certificates and signing requests. None are stored in the repository. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

export type KeyKind = 'rsa' | 'ec';
type Keys = webcrypto.CryptoKeyPair;

const HASH = { hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const ALGORITHMS = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', ...HASH, publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 },
  ec: { name: 'ECDSA', ...HASH, namedCurve: 'P-256' },
} as const;

function makeKeys(kind: KeyKind, over: object = {}): Promise<Keys> {
  return webcrypto.subtle.generateKey({ ...ALGORITHMS[kind], ...over }, true, ['sign', 'verify']);
}

export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly keys: Keys;
  readonly serialNumber: string;
}

let serial = 1000;

async function keyPem(keys: Keys): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

export class TestAuthority {
  private constructor(
    readonly name: string,
    readonly kind: KeyKind,
    readonly issued: Issued,
  ) {}

  /** @param days A negative number makes an expired one. */
  static async make(name: string, kind: KeyKind = 'ec', days = 400): Promise<TestAuthority> {
    const keys = await makeKeys(kind);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: String((serial += 1)),
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - 100 * DAY_MS),
      notAfter: new Date(Date.now() + days * DAY_MS),
      signingAlgorithm: ALGORITHMS[kind],
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const { serialNumber } = certificate;
    return new TestAuthority(name, kind, {
      cert: certificate.toString('pem'),
      key: await keyPem(keys),
      keys,
      serialNumber,
    });
  }

  /** Issues a certificate. A negative `days` makes an expired one, a positive `begins` one that is not valid yet. */
  async issue(
    subject: x509.JsonName,
    {
      kind = 'ec',
      days = 5,
      begins = -9,
      server = false,
      keys,
    }: { kind?: KeyKind; days?: number; begins?: number; server?: boolean; keys?: Keys } = {},
  ): Promise<Issued> {
    const own = keys ?? (await makeKeys(kind));
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: String((serial += 1)),
      issuer: `CN=${this.name}`,
      subject: new x509.Name(subject),
      notBefore: new Date(Date.now() + begins * DAY_MS),
      notAfter: new Date(Date.now() + days * DAY_MS),
      publicKey: own.publicKey,
      signingKey: this.issued.keys.privateKey,
      signingAlgorithm: ALGORITHMS[this.kind],
      extensions: [
        new x509.ExtendedKeyUsageExtension([server ? serverAuth : clientAuth]),
        ...(server ? [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])] : []),
      ],
    });
    const { serialNumber } = certificate;
    return { cert: certificate.toString('pem'), key: await keyPem(own), keys: own, serialNumber };
  }

  /** Returns a revocation list for these serial numbers as PEM. @param days A negative number makes an ended one. */
  async revoke(serialNumbers: readonly string[], days = 1): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: `CN=${this.name}`,
      thisUpdate: new Date(Date.now() - 10 * DAY_MS),
      nextUpdate: new Date(Date.now() + days * DAY_MS),
      entries: serialNumbers.map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(Date.now() - 3_600_000),
      })),
      signingAlgorithm: ALGORITHMS[this.kind],
      signingKey: this.issued.keys.privateKey,
    });
    // The label of RFC 7468 §6 differs from the one that the library writes.
    return list.toString('pem').replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL');
  }
}

export async function makeCsr(subject: x509.JsonName, kind: KeyKind = 'ec', over: object = {}): Promise<string> {
  const keys = await makeKeys(kind, over);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name(subject),
    keys,
    signingAlgorithm: { ...ALGORITHMS[kind], ...over },
  });
  return request.toString('pem');
}

/** Creates a folder; `put` writes a file into it and returns the path. */
export function makeFolder(): { readonly folder: string; put(name: string, text: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-tls-'));
  return {
    folder,
    put(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
  };
}
