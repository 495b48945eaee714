import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckInput } from '../../../../../src/operator/command-line/doctor/check.js';
import { TLS_CHECK } from '../../../../../src/operator/command-line/doctor/tls-check.js';
import type { Finding } from '../../../../../src/operator/findings.js';
import { makeFolder, TestAuthority } from '../../../../fakes/certificates.js';

let [root, leaf, stranger] = ['', '', ''];
beforeAll(async () => {
  const [authority, other] = await Promise.all([TestAuthority.make('Root'), TestAuthority.make('Other')]);
  [root, stranger] = [authority.issued.cert, other.issued.cert];
  leaf = (await authority.issue([{ CN: ['ocpp.example'] }], { server: true, days: 50 })).cert;
});

const listening = (ocpp: object, subscriberUri = 'http://127.0.0.1/beckn'): object => ({
  subscriber: { uri: subscriberUri },
  networks: [],
  listen: { beckn: { basePath: '/beckn' }, ocpp: { host: '0.0.0.0', ...ocpp } },
  ocpp: {},
});

const find = async (config: object): Promise<readonly Finding[]> =>
  (await TLS_CHECK.run({ config, clock: { now: () => Date.now() } } as unknown as CheckInput)).findings;

/** Returns the findings on a certificate file of the OCPP listener, without its path. */
async function findingsOn(text: string): Promise<string[]> {
  const certificateFile = makeFolder().put('chain.pem', text);
  const findings = await find(listening({ tls: { certificates: [{ certificateFile }] } }));
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

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

describe('a certificate for chargers', () => {
  it.each([
    ['has ended', { days: -2 }, `certificate-expired: FILE: it ended on ${TIME}\\.`],
    ['has ended today', { days: -0.2 }, `certificate-expired: FILE: it ended on ${TIME}\\.`],
    ['is not valid yet', { days: 90, begins: 2 }, `certificate-not-yet-valid: FILE: it is valid from ${TIME} on\\.`],
    ['ends soon', { days: 2.5 }, 'certificate-expires: FILE: it ends in 2 days\\.'],
    ['ends tomorrow', { days: 1.5 }, 'certificate-expires: FILE: it ends in 1 day\\.'],
  ])('%s', async (_, period, expected) => {
    const authority = await TestAuthority.make('Root');
    const { cert } = await authority.issue([{ CN: ['127.0.0.1'] }], { server: true, ...period });
    expect(await findingsOn(cert)).toEqual([expect.stringMatching(new RegExp(`^${expected}$`))]);
  });

  it('is signed by itself, and is for no host', async () => {
    expect(await findingsOn(root)).toEqual([
      'certificate-self-signed: FILE: it has no other issuer than itself.',
      'charger-host-differs: FILE: it is for CN=Root, and chargers are told 127.0.0.1.',
    ]);
  });

  it('is for another host than chargers are told, unless a proxy has a name of its own', async () => {
    const certificateFile = makeFolder().put('chain.pem', leaf);
    const tls = { certificates: [{ certificateFile }] };
    const codesOf = async (ocpp: object, uri?: string) => (await find(listening(ocpp, uri))).map(({ code }) => code);
    expect(await codesOf({ tls }, 'http://[::1]:1/beckn')).toEqual(['charger-host-differs']);
    expect(await codesOf({ tls, host: 'ocpp.example' }, 'http://other.example')).toEqual([]);
    expect(await codesOf({ tls }, 'http://other.example')).toEqual(['charger-host-differs']);
    expect(await codesOf({ tls, host: '127.0.0.1' }, 'http://other.example')).toEqual([]);
    expect(await codesOf({ tls, proxy: {} }, 'http://other.example')).toEqual([]);
  });

  it('has an issuer in its chain that has ended', async () => {
    const old = await TestAuthority.make('Old Root', 'ec', -3);
    const { cert } = await old.issue([{ CN: ['127.0.0.1'] }], { server: true, days: 90 });
    expect(await findingsOn(`${cert}\n${old.issued.cert}`)).toEqual([
      expect.stringMatching(/^certificate-expired: FILE, certificate 2 \(CN=Old Root\): it ended on /),
    ]);
  });
});

describe('an authority for the certificates of chargers', () => {
  it('has ended: the one that checks them, and the one that signs them', async () => {
    const old = await TestAuthority.make('Old Root', 'ec', -3);
    const { put } = makeFolder();
    const [clientCaFile, own] = [put('ca.pem', `${root}\n${old.issued.cert}`), put('own.pem', old.issued.cert)];
    const tls = { certificates: [{ certificateFile: put('chain.pem', leaf) }], clientCaFile };
    const config = { ...listening({ tls }), ocpp: { ca: { certificateFile: own } } };
    expect((await find(config)).map(({ code, severity, message }) => [code, severity, message.split(':')[0]])).toEqual([
      ['authority-expired', 'error', `${clientCaFile}, certificate 2 (CN=Old Root)`],
      ['authority-expired', 'error', `${own}, certificate 1 (CN=Old Root)`],
    ]);
    const plain = { ...listening({}), ocpp: { ca: { certificateFile: own } } };
    expect((await find(plain)).map(({ code }) => code)).toEqual(['authority-expired']);
  });
});

describe('the certificate of our public address', () => {
  const servers: Server[] = [];
  afterEach(() => void servers.splice(0).map((server) => server.close()));

  async function codesAt(pair: { readonly cert: string; readonly key: string }, host = '127.0.0.1'): Promise<string[]> {
    const server = createServer(pair).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const uri = `https://${host}:${(server.address() as AddressInfo).port}/beckn`;
    return (await find(listening({}, uri))).map(({ code, message }) => `${code}: ${message.split(': ')[1]}`);
  }

  it.each([
    ['has ended', { days: -2 }, ['certificate-expired']],
    ['is not valid yet', { days: 90, begins: 2 }, ['certificate-not-yet-valid']],
    ['is of an authority that is not known', { days: 90 }, ['certificate-untrusted']],
  ])('%s', async (_, period, expected) => {
    const authority = await TestAuthority.make('Root');
    const pair = await authority.issue([{ CN: ['127.0.0.1'] }], { server: true, ...period });
    expect((await codesAt(pair)).map((line) => line.split(':')[0])).toEqual(expected);
  });

  it('is signed by itself, or not made for a server', async () => {
    const { issued, issue } = await authorityOf('Root');
    expect(await codesAt(issued)).toEqual([
      'certificate-untrusted: it is not made for a server.',
      'certificate-name: it is for CN=Root.',
    ]);
    expect(await codesAt(await issue([{ CN: ['Root'] }], { server: true, days: 90, keys: issued.keys }))).toEqual([
      'certificate-untrusted: it is signed by itself.',
    ]);
  });

  it('is for another name', async () => {
    const { issue } = await authorityOf('Root');
    const pair = await issue([{ CN: ['beckn.example'] }], { server: true, days: 90 });
    expect(await codesAt(pair, 'localhost')).toEqual([
      'certificate-untrusted: its authority is not known here, or an intermediate certificate is missing.',
      'certificate-name: it is for IP Address:127.0.0.1.',
    ]);
  });

  it('has an issuer that has ended', async () => {
    const { issued, issue } = await authorityOf('Old Root', -3);
    const pair = await issue([{ CN: ['127.0.0.1'] }], { server: true, days: 90 });
    expect(await codesAt({ ...pair, cert: `${pair.cert}\n${issued.cert}` })).toEqual([
      'certificate-untrusted: one of its issuers has ended.',
    ]);
  });

  async function authorityOf(name: string, days = 400) {
    const authority = await TestAuthority.make(name, 'ec', days);
    return { issued: authority.issued, issue: authority.issue.bind(authority) };
  }
});

describe('a list of revoked certificates', () => {
  /** Returns the codes and messages of the findings on a file of lists, without its path. */
  async function findingsOnLists(days: readonly number[]): Promise<string[]> {
    const authority = await TestAuthority.make('Root');
    const lists = await Promise.all(days.map((left) => authority.revoke(['1234'], left)));
    const { put } = makeFolder();
    const [certificateFile, crlFile] = [put('chain.pem', leaf), put('crl.pem', lists.join('\n'))];
    const tls = { certificates: [{ certificateFile }], clientCaFile: put('ca.pem', root), crlFile };
    const findings = await find(listening({ tls }));
    const shortened = (text: string): string => text.replace(crlFile, 'FILE').replace(new RegExp(TIME), 'TIME');
    return findings.map(({ code, message }) => `${code}: ${shortened(message)}`);
  }

  it.each([
    ['is well', [9], []],
    ['ends soon', [1], ['revocation-list-expires: FILE: it ends on TIME.']],
    ['has ended', [-0.1], ['revocation-list-expired: FILE: it ended on TIME.']],
    ['has ended beside another', [9, -2], ['revocation-list-expired: FILE, list 2: it ended on TIME.']],
  ] as const)('%s', async (_, days, expected) => {
    expect(await findingsOnLists(days)).toEqual(expected);
  });
});
