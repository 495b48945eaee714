import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckInput } from '../../../../../src/operator/command-line/doctor/check.js';
import { TLS_CHECK } from '../../../../../src/operator/command-line/doctor/tls-check.js';
import { makeFolder, TestAuthority } from '../../../../fakes/certificates.js';

let [root, leaf, stranger] = ['', '', ''];
beforeAll(async () => {
  const [authority, other] = await Promise.all([TestAuthority.make('Root'), TestAuthority.make('Other')]);
  [root, stranger] = [authority.issued.cert, other.issued.cert];
  leaf = (await authority.issue([{ CN: ['ocpp.example'] }], { server: true, days: 50 })).cert;
});

/** Returns the findings on a certificate file of the OCPP listener, without its path. */
async function findingsOn(text: string): Promise<string[]> {
  const certificateFile = makeFolder().put('chain.pem', text);
  const config = {
    subscriber: { uri: 'http://127.0.0.1/beckn' },
    networks: [],
    listen: { beckn: { basePath: '/beckn' }, ocpp: { tls: { certificates: [{ certificateFile }] } } },
  };
  const { findings } = await TLS_CHECK.run({ config, clock: { now: () => Date.now() } } as unknown as CheckInput);
  return findings.map(({ code, message }) => `${code}: ${message.replace(certificateFile, 'FILE')}`);
}

const damaged = (pem: string): string => pem.replace(/\n[^\n]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');

describe('the certificate file of the OCPP listener', () => {
  it('is well with a leaf alone, with its chain, and with the labels that OpenSSL also reads', async () => {
    for (const text of [leaf, `${leaf}\n${root}`, leaf.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')])
      expect(await findingsOn(text)).toEqual([]);
  });

  it('names the certificate that did not issue the one before', async () => {
    expect(await findingsOn(`${leaf}\n${stranger}`)).toEqual([
      'certificate-untrusted: FILE: certificate 2 did not issue the one before.',
    ]);
  });

  it('without a certificate is said to have none', async () => {
    expect(await findingsOn('nothing')).toEqual(['certificate-untrusted: FILE: it has no PEM certificate.']);
  });

  it('names a certificate that cannot be read', async () => {
    expect(await findingsOn(`${leaf}\n${damaged(root)}`)).toEqual([
      'certificate-untrusted: FILE: certificate 2 cannot be read.',
    ]);
  });
});
