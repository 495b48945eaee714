import { X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { connect as tlsConnect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { ClientOptions } from 'ws';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { passwordVerifier, protectPassword, type Credential } from '../../../src/ocpp/auth/basic-auth.js';
import { RejectedConnections } from '../../../src/ocpp/server/rejected-connections.js';
import { makeFolder, TestAuthority, type Issued } from '../../fakes/certificates.js';
import { createManualClock } from '../../fakes/manual-clock.js';
import { startServer, type TestServer } from '../ocpp16/charger.js';

const BOOT = { chargePointVendor: 'V', chargePointModel: 'M' };
const KEY = '0123456789abcdef0123456789abcdef01234567';
const verify = passwordVerifier(protectPassword(KEY, 'salt'));
const CREDENTIALS: { readonly [id: string]: Credential } = {
  P0: { profile: 0 },
  P1: { profile: 1, verify },
  P2: { profile: 2, verify },
  P3: { profile: 3 },
};

const server0 = { rsa: undefined as Issued | undefined, ec: undefined as Issued | undefined };
let root: TestAuthority;
let fleet: TestAuthority;
let stranger: TestAuthority;
let good: Issued;
beforeAll(async () => {
  [root, fleet, stranger] = await Promise.all([
    TestAuthority.make('Server Root', 'rsa'),
    TestAuthority.make('Fleet CA'),
    TestAuthority.make('Stranger CA'),
  ]);
  [server0.rsa, server0.ec, good] = await Promise.all([
    root.issue([{ CN: ['127.0.0.1'] }], { kind: 'rsa', server: true }),
    root.issue([{ CN: ['127.0.0.1'] }], { kind: 'ec', server: true }),
    fleet.issue([{ CN: ['P3'] }, { O: ['Kiwi'] }]),
  ]);
});

let server: TestServer | undefined;
let files: ReturnType<typeof makeFolder> | undefined;
afterEach(async () => {
  await server?.server.close(1_000);
  if (files) rmSync(files.folder, { recursive: true });
  server = files = undefined;
});

const basic = (user: string, password: Uint8Array | string): ClientOptions => ({
  headers: {
    Authorization: `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`,
  },
});
const trusting = (more: ClientOptions = {}): ClientOptions => ({ ca: root.issued.cert, ...more });
const holding = ({ cert, key }: Pick<Issued, 'cert' | 'key'>): ClientOptions => trusting({ cert, key });

async function serve(more: Parameters<typeof startServer>[0] & { crl?: string } = {}) {
  const { put } = (files = makeFolder());
  const { crl, ...options } = more;
  server = await startServer({
    known: new Set(Object.keys(CREDENTIALS)),
    defaultProfile: 1,
    credentialOf: (id) => CREDENTIALS[id],
    ...options,
  });
  const pair = (name: 'rsa' | 'ec') => ({
    certificateFile: put(`${name}.pem`, server0[name]!.cert),
    keyFile: put(`${name}.key`, server0[name]!.key),
  });
  const settings = {
    certificates: [pair('rsa'), pair('ec')],
    clientCaFile: put('fleet.pem', fleet.issued.cert),
    ...(crl !== undefined && { crlFile: put('crl.pem', crl) }),
  };
  const wss = await server.listenTls(settings);
  return { running: server, wss, put };
}

const reasons = (): unknown[] => server!.events.of('charger.refused').map(({ reason }) => reason);

/** Performs a TLS handshake and hangs up. Rejects if the handshake fails. */
function handshake(
  url: string,
  options: object,
): Promise<{ peer: PeerCertificate; cipher: string; protocol: string | null }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const socket: TLSSocket = tlsConnect(
      { host: '127.0.0.1', port: Number(port), ca: root.issued.cert, ...options },
      () => {
        resolve({
          peer: socket.getPeerCertificate(),
          cipher: socket.getCipher().name,
          protocol: socket.getProtocol(),
        });
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

describe('profile 1: Basic over ws', () => {
  it('TC_085_CSMS, TC_A_01_CSMS a valid user name and password are let in', async () => {
    const { running } = await serve();
    await running.connect('P1', ['ocpp1.6'], basic('P1', KEY));
    expect(running.sockets.isOnline('P1')).toBe(true);
  });

  it('TC_A_02_CSMS a user name that is not the identity is refused', async () => {
    const { running } = await serve();
    expect((await running.refusal('P1', basic('P2', KEY))).status).toBe(401);
    expect(reasons()).toEqual(['user name is not the identity']);
  });

  it('TC_A_03_CSMS an invalid password is refused', async () => {
    const { running } = await serve();
    expect((await running.refusal('P1', basic('P1', `${KEY}0`))).status).toBe(401);
    expect(reasons()).toEqual(['wrong password']);
  });

  it('the user name is compared as the bytes of the decoded identity', async () => {
    const id = 'RDAM 1/ü'.replace('/', '-');
    const { running } = await serve({ known: new Set([id]), credentialOf: () => ({ profile: 1, verify }) });
    await running.connect(encodeURIComponent(id), ['ocpp1.6'], basic(id, Buffer.from(KEY, 'hex')));
    expect(running.sockets.isOnline(id)).toBe(true);
  });

  it('may come over TLS as well: that is more, not less', async () => {
    const { running, wss } = await serve();
    await running.connect(`${wss}/P1`, ['ocpp1.6'], trusting(basic('P1', KEY)));
    expect(running.events.of('charger.connected')).toMatchObject([{ profile: 2 }]);
  });
});

describe('profile 2: Basic over wss', () => {
  it('TC_086_CSMS, TC_A_04_CSMS a charger that trusts our certificate boots', async () => {
    const { running, wss } = await serve();
    const charger = await running.connect(`${wss}/P2`, ['ocpp1.6'], trusting(basic('P2', KEY)));
    expect(await charger.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
    expect(running.intake.connections.at(-1)).toMatchObject({ profile: 2 });
  });

  it.each([
    ['TLSv1.3', undefined, 'TLS_AES_128_GCM_SHA256', undefined],
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ec'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ec'],
    ['TLSv1.2', 'AES128-GCM-SHA256', 'AES128-GCM-SHA256', 'rsa'],
    ['TLSv1.2', 'AES256-GCM-SHA384', 'AES256-GCM-SHA384', 'rsa'],
  ] as const)(
    'A00.FR.318 %s with %s: both certificates are served from one port',
    async (version, ciphers, got, kind) => {
      const { wss } = await serve();
      const options = { minVersion: version, maxVersion: version, ...(ciphers && { ciphers }) };
      const { cipher, protocol, peer } = await handshake(wss, options);
      expect([cipher, protocol]).toEqual([got, version]);
      if (kind) expect(peer.asn1Curve !== undefined).toBe(kind === 'ec');
    },
  );

  it.each(['TLSv1', 'TLSv1.1'] as const)('A00.FR.313, TC_A_06_CSMS %s is too low: no handshake', async (version) => {
    const { wss } = await serve();
    const low = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
    await expect(handshake(wss, low)).rejects.toThrow();
    expect(reasons()).toEqual(['no TLS handshake']);
  });

  it('a suite without authenticated encryption is not spoken', async () => {
    const { wss } = await serve();
    const old = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:AES128-SHA' };
    await expect(handshake(wss, old)).rejects.toThrow();
  });

  it('is not served over ws, whatever the password', async () => {
    const { running } = await serve();
    expect((await running.refusal('P2', basic('P2', KEY))).status).toBe(401);
    expect(reasons()).toEqual(['its profile requires TLS']);
  });

  it('TC_A_03_CSMS a wrong password over TLS is refused, and a certificate does not replace it', async () => {
    const { running, wss } = await serve();
    expect((await running.refusal(`${wss}/P2`, trusting(basic('P2', 'wrong')))).status).toBe(401);
    const named = await fleet.issue([{ CN: ['P2'] }]);
    expect((await running.refusal(`${wss}/P2`, holding(named))).status).toBe(401);
    expect(reasons()).toEqual(['wrong password', 'no password']);
  });
});

describe('profile 3: a client certificate', () => {
  it('TC_087_CSMS, TC_A_07_CSMS a certificate of the fleet whose CN is the identity is let in, and observed', async () => {
    const { running, wss } = await serve({ organisation: 'Kiwi' });
    const charger = await running.connect(`${wss}/P3`, ['ocpp1.6'], holding(good));
    expect(await charger.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
    expect(running.intake.connections.at(-1)).toMatchObject({ profile: 3, certificateName: 'P3' });
  });

  it('TC_A_08_CSMS every other certificate is refused', async () => {
    const revoked = await fleet.issue([{ CN: ['P3'] }]);
    const { running, wss } = await serve({ crl: await fleet.revoke([revoked.serialNumber]), organisation: 'Kiwi' });
    const tries: [Issued | undefined, string, unknown][] = [
      [undefined, 'no client certificate', undefined],
      [revoked, 'client certificate not trusted', 'CERT_REVOKED'],
      [await stranger.issue([{ CN: ['P3'] }]), 'client certificate not trusted', expect.stringMatching(/UNABLE_TO/)],
      [await fleet.issue([{ CN: ['P3'] }], { days: -1 }), 'client certificate not trusted', 'CERT_HAS_EXPIRED'],
      [await fleet.issue([{ CN: ['P3'] }], { server: true }), 'client certificate not trusted', 'INVALID_PURPOSE'],
      [await fleet.issue([{ CN: ['P4'] }]), 'common name is not the identity', undefined],
      [await fleet.issue([{ CN: ['P3'] }, { CN: ['P4'] }]), 'common name is not the identity', undefined],
      [await fleet.issue([{ CN: ['p3'] }]), 'common name is not the identity', undefined],
      [await fleet.issue([{ CN: ['P3'] }, { O: ['Mango'] }]), 'certificate of another operator', undefined],
    ];
    for (const [issued] of tries) {
      expect((await running.refusal(`${wss}/P3`, issued ? holding(issued) : trusting())).status).toBe(401);
    }
    expect(running.events.of('charger.refused').map(({ reason, certificate }) => [reason, certificate])).toEqual(
      tries.map(([, reason, certificate]) => [reason, certificate]),
    );
    await running.connect(`${wss}/P3`, ['ocpp1.6'], holding(good));
  });

  it('a password does not replace the certificate, nor does plain ws', async () => {
    const { running, wss } = await serve();
    expect((await running.refusal(`${wss}/P3`, trusting(basic('P3', KEY)))).status).toBe(401);
    expect((await running.refusal('P3', basic('P3', KEY))).status).toBe(401);
    expect(reasons()).toEqual(['no client certificate', 'its profile requires TLS']);
  });

  it('security: a living socket that another certificate of the name takes over means quarantine, its own does not', async () => {
    const { running, wss } = await serve();
    await running.connect(`${wss}/P3`, ['ocpp1.6'], holding(good));
    const own = await running.connect(`${wss}/P3`, ['ocpp1.6'], holding(good));
    expect(await own.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
    expect(running.intake.quarantines).toEqual([]);
    const second = await fleet.issue([{ CN: ['P3'] }, { O: ['Kiwi'] }]);
    const other = await running.connect(`${wss}/P3`, ['ocpp1.6'], holding(second));
    expect(await own.closed).toBe(1001);
    expect(await other.ask([2, '2', 'Heartbeat', {}])).toMatchObject([3, '2', {}]);
    const { fingerprint256 } = new X509Certificate(second.cert);
    expect(running.intake.quarantines).toMatchObject([
      { id: 'P3', cause: { reason: 'other-certificate', detail: expect.stringContaining(fingerprint256) } },
    ]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'no %s session is resumed: a revoked certificate does not come back on an old ticket',
    async (maxVersion) => {
      const { wss } = await serve();
      const options = { host: '127.0.0.1', port: Number(new URL(wss).port), ca: root.issued.cert, maxVersion };
      const socket = tlsConnect(options);
      let session: Buffer | undefined;
      socket.on('session', (ticket) => (session = ticket));
      await new Promise<void>((resolve) => socket.once('secureConnect', resolve));
      // In TLS 1.3 a ticket would arrive with the first data after the handshake.
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise<void>((resolve) => socket.once('data', () => resolve()));
      const again = tlsConnect({ ...options, session: session ?? socket.getSession() ?? Buffer.alloc(0) });
      await new Promise<void>((resolve) => again.once('secureConnect', resolve));
      expect(again.isSessionReused()).toBe(false);
      socket.destroy();
      again.destroy();
    },
  );
});

describe('behind a proxy that ends TLS', () => {
  const header = (pem: string) => ({ 'x-client-cert': encodeURIComponent(pem) });
  const proxied = (addresses: string[]) => ({ proxy: { addresses, certificateHeader: 'X-Client-Cert' } });
  const secure = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

  it('the certificate, the scheme and the address come from its headers', async () => {
    const { running } = await serve(proxied(['127.0.0.0/8']));
    await running.connect('P3', ['ocpp1.6'], { headers: { ...secure, ...header(good.cert) } });
    expect(running.events.of('charger.connected')).toMatchObject([
      { profile: 3, certificateName: 'P3', address: '198.51.100.7' },
    ]);
    const rfc9440 = `:${Buffer.from(good.cert.replaceAll(/-----[^-]+-----/g, ''), 'base64').toString('base64')}:`;
    await running.connect('P3', ['ocpp1.6'], { headers: { ...secure, 'x-client-cert': rfc9440 } });
    await running.connect('P2', ['ocpp1.6'], { headers: { ...secure, ...basic('P2', KEY).headers } });
    expect(running.sockets.isOnline('P2')).toBe(true);
  });

  it('a refused subprotocol is listed with the scheme before the proxy', async () => {
    const rejectedConnections = new RejectedConnections();
    const { running } = await serve({ ...proxied(['127.0.0.1']), rejectedConnections });
    await running.connect('P0', [], { headers: secure });
    expect(rejectedConnections.list()).toMatchObject([{ id: 'P0', code: 'no-common-subprotocol', tls: true }]);
    await running.connect('P0', [], {});
    expect(rejectedConnections.list()).toMatchObject([{ id: 'P0', tls: false, count: 2 }]);
  });

  it('the same headers from anybody else are not believed', async () => {
    const { running } = await serve(proxied(['10.0.0.0/8']));
    expect((await running.refusal('P3', { headers: { ...secure, ...header(good.cert) } })).status).toBe(401);
    expect(running.events.of('charger.refused')).toMatchObject([{ address: '127.0.0.1' }]);
  });

  it('nor a certificate over TLS that only a header shows', async () => {
    const { running, wss } = await serve(proxied(['10.0.0.0/8']));
    expect((await running.refusal(`${wss}/P3`, trusting({ headers: header(good.cert) }))).status).toBe(401);
    expect(reasons()).toEqual(['no client certificate']);
  });

  it('an expired, unreadable or missing one is refused, and so is plain http before the proxy', async () => {
    const { running } = await serve(proxied(['127.0.0.1']));
    const old = await fleet.issue([{ CN: ['P3'] }], { days: -1 });
    const tries = [{ ...secure, ...header(old.cert) }, { ...secure, 'x-client-cert': '%zz' }, secure];
    for (const headers of tries) expect((await running.refusal('P3', { headers })).status).toBe(401);
    expect((await running.refusal('P3', { headers: header(good.cert) })).status).toBe(401);
    expect(reasons()).toEqual([
      'client certificate not trusted',
      'client certificate not trusted',
      'no client certificate',
      'its profile requires TLS',
    ]);
  });

  it('failures are counted by the address before the proxy', async () => {
    const { running } = await serve({ ...proxied(['127.0.0.1']), failuresPerNetwork: 2 });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const statuses = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3', '198.51.100.1'])
      statuses.push((await running.refusal('P1', from(address))).status);
    expect(statuses).toEqual([401, 401, 429, 401]);
  });
});

describe('what a stranger learns', () => {
  it('an unknown identity, a wrong password, a missing certificate and a missing TLS look the same', async () => {
    const { running, wss } = await serve();
    const answers = [
      await running.refusal('P1', basic('P1', 'wrong')),
      await running.refusal('P2', basic('P2', KEY)),
      await running.refusal('P3'),
      await running.refusal('NOBODY', basic('NOBODY', KEY)),
      await running.refusal(`${wss}/P3`, trusting()),
      await running.refusal(`${wss}/NOBODY`, holding(good)),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('no event holds a password or a header', async () => {
    const { running } = await serve();
    await running.refusal('P1', basic('P1', 'a-secret-guess'));
    await running.refusal('P2', basic('P2', KEY));
    const logged = JSON.stringify(running.events.all);
    for (const secret of ['a-secret-guess', KEY, Buffer.from(`P2:${KEY}`).toString('base64')])
      expect(logged).not.toContain(secret);
  });

  it('a rejected connection is on the list, with what it offered', async () => {
    const rejectedConnections = new RejectedConnections();
    const { running } = await serve({ rejectedConnections });
    await running.refusal('NOBODY', basic('NOBODY', KEY));
    await running.connect('P0', []);
    expect(rejectedConnections.list()).toMatchObject([
      { id: 'P0', reason: 'no common subprotocol', subprotocols: [] },
      { id: 'NOBODY', reason: 'unknown identity', subprotocols: ['ocpp1.6'], network: '127.0.0', count: 1 },
    ]);
  });
});

describe('certificates that change', () => {
  it('are taken over within a minute, without dropping a socket; a bad file is reported, and the old one stays', async () => {
    const clock = createManualClock(Date.now());
    const { running, wss, put } = await serve({ clock });
    const charger = await running.connect(`${wss}/P2`, ['ocpp1.6'], trusting(basic('P2', KEY)));
    const ecOnly = { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' };
    const before = (await handshake(wss, ecOnly)).peer.serialNumber;

    const fresh = await root.issue([{ CN: ['127.0.0.1'] }], { kind: 'ec', server: true });
    writeFileSync(`${files!.folder}/ec.pem`, fresh.cert);
    await clock.advance(60_000);
    expect(running.events.of('tls.failed')).toMatchObject([
      { problem: expect.stringMatching(/ec\.key is not the key/) },
    ]);
    expect((await handshake(wss, ecOnly)).peer.serialNumber).toBe(before);

    put('ec.key', fresh.key);
    await clock.advance(60_000);
    expect(running.events.of('tls.renewed')).toHaveLength(1);
    expect((await handshake(wss, ecOnly)).peer.serialNumber).not.toBe(before);
    expect(await charger.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
  });
});
