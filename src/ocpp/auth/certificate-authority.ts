/** Signs the TLS client certificates that chargers request, each only for the charger's own identity. */
import { createHash, createPrivateKey, createPublicKey, X509Certificate, type webcrypto } from 'node:crypto';
import type { CertificateAuthority, SigningResult } from '../../ports/certificates.js';
import type { Clock, Random } from '../../ports/runtime.js';

/** How far certificates are backdated, ms. A charger's clock may be behind ours. */
const BACKDATED_MS = 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** The minimum length of an RSA key, bits: about as strong as a 112-bit symmetric key. @source NIST SP 800-57 part 1 */
const MIN_RSA_BITS = 2048;
const SUPPORTED_CURVES = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);

export interface CertificateAuthorityOptions {
  /** The authority's certificate as PEM; the certificates of its issuers may follow. */
  readonly cert: string;
  readonly key: string;
  readonly days: number;
  /** The O (organisation) of every certificate issued; a request with a different O is refused. */
  readonly organisation?: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
}

type X509 = typeof import('@peculiar/x509');

type CertificateRequest = InstanceType<X509['Pkcs10CertificateRequest']>;

interface Issuer {
  readonly x509: X509;
  readonly certificate: InstanceType<X509['X509Certificate']>;
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: webcrypto.EcdsaParams | webcrypto.Algorithm;
}

/** Creates an authority. It loads the X.509 library and its key only on the first request. */
export function createCertificateAuthority(options: CertificateAuthorityOptions): CertificateAuthority {
  let issuer: Promise<Issuer> | undefined;
  return {
    async sign(csr, chargePointId) {
      issuer ??= loadIssuer(options);
      return issueCertificate(await issuer, options, csr, chargePointId);
    },
  };
}

async function loadIssuer({ cert, key }: CertificateAuthorityOptions): Promise<Issuer> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const privateKey = createPrivateKey(key);
  const curve = SUPPORTED_CURVES.get(privateKey.asymmetricKeyDetails?.namedCurve ?? '');
  if (privateKey.asymmetricKeyType === 'ec' && curve === undefined)
    throw new Error('the curve of the authority’s key is not supported');
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const keyAlgorithm =
    curve === undefined ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: curve };
  return {
    x509,
    certificate: new x509.X509Certificate(new X509Certificate(cert).raw),
    key: await crypto.subtle.importKey('pkcs8', pkcs8, keyAlgorithm, false, ['sign']),
    algorithm: curve === undefined ? { name: 'RSASSA-PKCS1-v1_5' } : { name: 'ECDSA', hash: 'SHA-256' },
  };
}

async function issueCertificate(
  { x509, certificate: authority, key, algorithm }: Issuer,
  { cert, days, organisation, clock, random }: CertificateAuthorityOptions,
  csr: string,
  chargePointId: string,
): Promise<SigningResult> {
  const request = await readRequest(x509, csr);
  if (typeof request === 'string') return { refused: request };
  if (!isStrongKey(Buffer.from(request.publicKey.rawData))) return { refused: 'key-weak' };
  const names = request.subjectName.getField('CN');
  if (names.length !== 1 || names[0] !== chargePointId) return { refused: 'not-this-identity' };
  const [requested] = request.subjectName.getField('O');
  if (organisation !== undefined && requested !== undefined && requested !== organisation)
    return { refused: 'other-operator' };

  const now = clock.now();
  const notAfter = Math.min(now + days * DAY_MS, authority.notAfter.getTime());
  const operator = organisation ?? requested;
  const { KeyUsageFlags } = x509;
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumberFrom(random.uuid()),
    issuer: authority.subjectName,
    subject: new x509.Name([{ CN: [chargePointId] }, ...(operator === undefined ? [] : [{ O: [operator] }])]),
    notBefore: new Date(Math.max(now - BACKDATED_MS, authority.notBefore.getTime())),
    notAfter: new Date(notAfter),
    publicKey: request.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { chain: `${signed.toString('pem')}\n${cert.trim()}\n`, serialNumber: signed.serialNumber, notAfter };
}

async function readRequest(x509: X509, csr: string): Promise<CertificateRequest | 'signature-invalid' | 'unreadable'> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr);
    return (await request.verify()) ? request : 'signature-invalid';
  } catch {
    return 'unreadable';
  }
}

function isStrongKey(spki: Buffer): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
    return asymmetricKeyType === 'ec' && SUPPORTED_CURVES.has(asymmetricKeyDetails?.namedCurve ?? '');
  } catch {
    return false;
  }
}

/** Derives a positive 16-byte serial number from a random UUID. @source RFC 5280 §4.1.2.2 */
function serialNumberFrom(uuid: string): string {
  const bytes = createHash('sha256').update(uuid).digest().subarray(0, 16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
