import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../src/ocpp/auth/certificate-authority.js';
import { readClientCertificate } from '../../../../src/ocpp/auth/client-certificate.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { makeCsr, makeFolder, TestAuthority } from '../../../fakes/certificates.js';

const DAY_MS = 86_400_000;
const NAMES = [{ CN: ['CP 1/ü'] }, { O: ['Kiwi Charge'] }];

let rsa: TestAuthority;
let ec: TestAuthority;
beforeAll(async () => {
  [rsa, ec] = await Promise.all([TestAuthority.make('RSA Root', 'rsa'), TestAuthority.make('EC Root', 'ec')]);
});

const authority = (ca: TestAuthority, over: { organisation?: string; days?: number; now?: number } = {}) =>
  createCertificateAuthority({
    cert: ca.issued.cert,
    key: ca.issued.key,
    days: over.days ?? 3,
    ...(over.organisation !== undefined && { organisation: over.organisation }),
    clock: { now: () => over.now ?? Date.now() },
    random: systemRandom,
  });

describe('OCPP 1.6 A02, 2.0.1 A02: signing what a charger asks for', () => {
  it.each(['rsa', 'ec'] as const)('a request with an %s key, by an authority of either kind', async (kind) => {
    const csr = await makeCsr(NAMES, kind);
    for (const ca of [rsa, ec]) {
      const signing = await authority(ca).sign(csr, 'CP 1/ü');
      if ('refused' in signing) throw new Error(signing.refused);
      const signed = new X509Certificate(signing.chain);
      const root = new X509Certificate(ca.issued.cert);
      expect(signed.checkIssued(root) && signed.verify(root.publicKey)).toBe(true);
      expect(readClientCertificate(signed)).toMatchObject({ commonName: 'CP 1/ü', organisation: 'Kiwi Charge' });
      expect(signed.ca).toBe(false);
      expect(signed.serialNumber.toLowerCase()).toBe(signing.serialNumber);
      expect(Date.parse(signed.validTo) - Date.now()).toBeGreaterThan(2.9 * DAY_MS);
      // Valid from a day ago, for chargers whose clock is slow.
      expect(Date.parse(signed.validFrom)).toBeLessThan(Date.now() - 0.9 * DAY_MS);
      expect(signing.chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    }
  });

  it('openssl agrees, where there is one', async (context) => {
    const signing = await authority(ec).sign(await makeCsr(NAMES), 'CP 1/ü');
    if ('refused' in signing) throw new Error(signing.refused);
    const { folder, put } = makeFolder();
    const [root, leaf] = [put('root.pem', ec.issued.cert), put('leaf.pem', signing.chain)];
    const run = spawnSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', root, leaf]);
    const server = spawnSync('openssl', ['verify', '-purpose', 'sslserver', '-CAfile', root, leaf]);
    rmSync(folder, { recursive: true });
    if (run.error) context.skip('no openssl here');
    expect(run.stdout.toString()).toMatch(/leaf\.pem: OK/);
    expect(server.status).not.toBe(0);
  });

  it('the certificate does not outlive its authority', async () => {
    const signing = await authority(ec, { days: 3650 }).sign(await makeCsr(NAMES), 'CP 1/ü');
    expect(signing).toMatchObject({ notAfter: Date.parse(new X509Certificate(ec.issued.cert).validTo) });
  });

  it('takes DER in base64 as well', async () => {
    const bare = (await makeCsr(NAMES)).replaceAll(/-----[^-]+-----|\s/g, '');
    expect(await authority(ec).sign(bare, 'CP 1/ü')).toHaveProperty('chain');
  });

  it('fills in the operator where the request has none', async () => {
    const signing = await authority(ec, { organisation: 'Kiwi' }).sign(await makeCsr([{ CN: ['A'] }]), 'A');
    if ('refused' in signing) throw new Error(signing.refused);
    expect(readClientCertificate(new X509Certificate(signing.chain))).toHaveProperty('organisation', 'Kiwi');
  });

  it.each([
    ['what is no request', async () => 'hello', 'unreadable'],
    ['another name', () => makeCsr([{ CN: ['CP2'] }]), 'not-this-identity'],
    ['no name', () => makeCsr([{ O: ['Kiwi'] }]), 'not-this-identity'],
    ['two names', () => makeCsr([{ CN: ['A'] }, { CN: ['CP2'] }]), 'not-this-identity'],
    ['another operator', () => makeCsr([{ CN: ['A'] }, { O: ['Mango'] }]), 'other-operator'],
    ['a short key', () => makeCsr([{ CN: ['A'] }], 'rsa', { modulusLength: 1024 }), 'key-weak'],
    [
      'a request that was changed',
      async () => {
        const der = Buffer.from((await makeCsr([{ CN: ['B'] }])).replaceAll(/-----[^-]+-----/g, ''), 'base64');
        der[der.indexOf('B', 10)] = 0x41;
        return der.toString('base64');
      },
      'signature-invalid',
    ],
  ])('refuses %s', async (_name, csr, refused) => {
    expect(await authority(ec, { organisation: 'Kiwi' }).sign(await csr(), 'A')).toEqual({ refused });
  });

  it('says that its key cannot be used', async () => {
    const other = createPrivateKey(rsa.issued.key).export({ type: 'pkcs8', format: 'pem' }).toString();
    const broken = createCertificateAuthority({
      cert: 'none',
      key: other,
      days: 1,
      clock: { now: () => 0 },
      random: systemRandom,
    });
    await expect(broken.sign(await makeCsr(NAMES), 'A')).rejects.toThrow();
  });
});
