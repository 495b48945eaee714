/** The doctor as a program: it finds nothing in a healthy installation, and reports each planted fault by its code. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ANSWER_HEADER } from '../../src/operator/answer-header.js';
import { asList, isJson, textOf, type Json } from '../../src/sandbox/runtime/json.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { TestAuthority } from '../fakes/certificates.js';
import { plainLines, run, runOnTerminal } from './program.js';
import { begun, insist, place } from './shopper.js';
import { BRIDGE, HOST, networkOf, nothingLeft, PASSWORD, startTestSystem, type TestSystem } from './test-system.js';
import { eventually } from './waiting.js';

const ROOT = join(import.meta.dirname, '../..');
const DAY_MS = 86_400_000;

let system: TestSystem;
let folder: string;
let publicKey: string;
const servers: Server[] = [];

beforeAll(async () => {
  const point = (profile: number): Json => ({ profile, password: PASSWORD });
  system = await startTestSystem({
    chargePoints: ['CP-01', 'CP-02', 'CP-03'],
    settings: {
      // The settings allow a charger of profile 2 only with TLS or a proxy. This proxy never connects.
      listen: { ocpp: { ...listenOcpp(), proxy: { addresses: ['192.0.2.1'] } } },
      ocpp: { chargePoints: { 'CP-01': point(1), 'CP-02': point(1), 'CP-03': point(2) } },
    },
  });
  fixPorts(system);
  await system.bridge.start();
  folder = mkdtempSync(join(tmpdir(), 'bridge-doctor-'));
  const keys = asList(isJson(await networks()) ? (await networks()).networks : []);
  publicKey = textOf((asList((keys[0] as Json).keys)[0] as Json).publicKey);
});

afterEach(() => {
  system.registry.setFailure(undefined);
  register({});
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true, force: true });
  await nothingLeft();
});

/** Returns a listener without a port. `fixPorts` sets the port, which is known only after `startTestSystem`. */
function listenOcpp(): Json {
  return { host: HOST, port: 0, basePath: '/ocpp' };
}

function fixPorts({ configFile, addresses }: TestSystem): void {
  const settings = readConfig(configFile);
  const listen = settings.listen as { ocpp: Json };
  listen.ocpp.port = Number(new URL(addresses.ocpp).port);
  writeFileSync(configFile, JSON.stringify(settings));
}

const readConfig = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;
const networks = (): Promise<Json> => system.operator('/api/networks');

/** Registers the bridge's record with a fault, if one is given. */
function register(fault: { readonly [name: string]: string }): void {
  const row = { subscriberId: BRIDGE, type: 'BPP', keyId: 'bridge-1', domain: 'uei:charging', status: 'SUBSCRIBED' };
  const record = { ...row, url: system.addresses.beckn, signingPublicKey: publicKey, ...fault };
  system.registry.add(record as unknown as Parameters<typeof system.registry.add>[0]);
}

/** Writes a copy of the running bridge's settings with a fault. */
function configWith(change: (settings: Json) => void): string {
  const settings = readConfig(system.configFile);
  change(settings);
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

interface Report {
  readonly code: number | null;
  readonly codes: readonly string[];
  readonly messages: string;
  readonly notTried: readonly string[];
}

async function examine(config = system.configFile, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await run(['doctor', '--json', '--config', config, ...args], { cwd: folder });
  expect(stderr.replaceAll(/^doctor: .*…$/gm, '').trim()).toBe('');
  const report = JSON.parse(stdout) as Json;
  const findings = asList(report.findings) as Json[];
  for (const one of findings) {
    expect(one).toMatchObject({
      remedy: expect.stringMatching(/^\S.*/),
      severity: expect.stringMatching(/error|warning/),
    });
  }
  return {
    code,
    codes: findings.map((one) => textOf(one.code)),
    messages: findings.map((one) => textOf(one.message)).join('\n'),
    notTried: (asList(report.notTried) as Json[]).map((one) => textOf(one.check)),
  };
}

/** Starts a server for the rest of the test. Returns its address. */
async function serve(answer: RequestListener, pair?: { readonly cert: string; readonly key: string }): Promise<string> {
  const server = pair ? (createTlsServer(pair, answer) as unknown as Server) : createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return `${pair ? 'https' : 'http'}://${HOST}:${(server.address() as AddressInfo).port}`;
}

function tryToConnect(id: string, subprotocol: string, password?: string): Promise<void> {
  const auth = password === undefined ? {} : { auth: `${id}:${password}` };
  const socket = new WebSocket(`${system.addresses.ocpp}/${id}`, [subprotocol], auth);
  return new Promise((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

describe('a healthy installation', () => {
  it('has no findings, and what could not be tried is said', async () => {
    expect(await examine()).toEqual({
      code: 0,
      codes: [],
      messages: '',
      notTried: ['certificates', 'disk'],
    });
  });

  it('is described within 80 columns', async () => {
    const { code, stdout } = await runOnTerminal(`doctor --config ${system.configFile}`, { cwd: folder });
    const lines = plainLines(stdout);
    expect([code, lines.filter((line) => line.length > 80)]).toEqual([0, []]);
    expect(stdout).toContain('Nothing is wrong.');
  });

  it('is looked at as far as possible while no bridge runs', async () => {
    const config = configWith((settings) => (settings.dataDir = join(folder, 'empty')));
    const { code, codes, notTried } = await examine(config);
    expect([code, codes]).toEqual([0, []]);
    expect(notTried).toEqual(expect.arrayContaining(['public address', 'running process', 'callbacks', 'disk']));
  });
});

describe('the registry', () => {
  it.for([
    ['key-differs', async () => ({ signingPublicKey: (await makeKeys()).publicKeyBase64 })],
    ['not-subscribed', () => Promise.resolve({ status: 'UNDER_SUBSCRIPTION' })],
    ['registered-address-differs', () => Promise.resolve({ url: 'https://old.example/beckn' })],
  ] as const)('with a record that is wrong: %s', async ([expected, fault]) => {
    register(await fault());
    expect(await examine()).toMatchObject({ code: 1, codes: [expected] });
  });

  it('without our key: key-not-registered', async () => {
    system.registry.remove(BRIDGE);
    expect(await examine()).toMatchObject({ code: 1, codes: ['key-not-registered'] });
  });

  it('with a record of ours that cannot be read: record-unusable', async () => {
    const record = { subscriber_id: BRIDGE, key_id: 'bridge-1', signing_public_key: publicKey, valid_until: 'soon' };
    const url = await serve((_request, response) => response.end(JSON.stringify([record])));
    const { codes, messages } = await examine(configWith((settings) => (settings.registry = { kind: 'http', url })));
    expect(codes).toEqual(['record-unusable']);
    expect(messages).toContain('valid_until "soon" is not a time');
  });

  it('that is away: registry-unavailable, and our keys are not tried', async () => {
    system.registry.setFailure('500');
    const { codes, notTried } = await examine();
    expect(codes).toEqual(['registry-unavailable']);
    expect(notTried).toContain('keys and registry');
  });

  it('with a clock that is not ours: clock-off', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 600_000).toUTCString());
      response.end('[]');
    });
    const { codes, messages } = await examine(configWith((settings) => (settings.registry = { kind: 'http', url })));
    expect(codes).toContain('clock-off');
    expect(messages).toMatch(/60\d s ahead/);
  });
});

describe('settings and keys', () => {
  const subscriber = (settings: Json): Json => settings.subscriber as Json;

  it.for([
    ['settings-wrong', (settings: Json): void => void (settings.store = { kind: 'mongo' })],
    ['network-file-wrong', (settings: Json): void => void (settings.networkFile = '/nowhere/network.json')],
    ['key-unusable', (settings: Json): void => void (subscriber(settings).keyFile = '/nowhere/signing.key')],
    ['key-expires', (settings: Json): void => void (subscriber(settings).validUntil = isoIn(5))],
    ['address-unreachable', (settings: Json): void => void (subscriber(settings).uri = `http://${HOST}:9/beckn`)],
  ] as const)('with a fault: %s', async ([expected, plant]) => {
    const { code, codes } = await examine(configWith(plant));
    expect([code, codes]).toEqual([1, expect.arrayContaining([expected])]);
  });

  it('a key file with nonsense: key-unusable', async () => {
    const file = join(folder, 'nonsense.key');
    writeFileSync(file, 'nonsense!', { mode: 0o600 });
    const { codes } = await examine(configWith((settings) => (subscriber(settings).keyFile = file)));
    expect(codes).toEqual(['key-unusable']);
  });

  it('an installation without generated validators: validators-missing', async () => {
    const copy = join(folder, 'copy');
    for (const name of ['program', 'store'])
      cpSync(join(ROOT, 'dist', name), join(copy, 'dist', name), { recursive: true });
    for (const name of ['config', 'package.json', 'node_modules']) symlinkSync(join(ROOT, name), join(copy, name));
    const args = ['doctor', '--json', '--config', system.configFile];
    const { code, stdout } = await run(args, { cwd: folder, main: join(copy, 'dist/program/main.js') });
    expect([code, stdout]).toEqual([1, expect.stringContaining('"validators-missing"')]);
  });

  const isoIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+/, '');
});

describe('certificates', () => {
  it.for([
    ['certificate-untrusted', 300],
    ['certificate-expires', 3],
  ] as const)('of our address: %s', async ([expected, days]) => {
    const authority = await TestAuthority.make('Doctor Root');
    const { cert, key } = await authority.issue([{ CN: [HOST] }], { days, server: true });
    const uri = await serve((_request, response) => void response.end('{}'), { cert, key });
    const { codes } = await examine(configWith((settings) => ((settings.subscriber as Json).uri = uri)));
    expect(codes).toContain(expected);
  });
});

describe('certificates of the listener of the chargers', () => {
  it.for([
    ['certificate-untrusted', 300, true],
    ['certificate-expires', 3, false],
  ] as const)('%s', async ([expected, days, isBroken]) => {
    const [authority, stranger] = await Promise.all([TestAuthority.make('Charger Root'), TestAuthority.make('Other')]);
    const { cert, key } = await authority.issue([{ CN: [HOST] }], { days, server: true });
    const [certificateFile, keyFile] = [join(folder, 'chain.pem'), join(folder, 'chain.key')];
    writeFileSync(certificateFile, isBroken ? `${cert}\n${stranger.issued.cert}` : cert);
    writeFileSync(keyFile, key, { mode: 0o600 });
    const { codes, notTried } = await examine(
      configWith((settings) => {
        const { ocpp } = settings.listen as { ocpp: Json };
        ocpp.tls = { certificates: [{ certificateFile, keyFile }] };
      }),
    );
    expect([codes, notTried]).toEqual([[expected], ['disk']]);
  });
});

describe('the running bridge', () => {
  it('that is not ready: its own findings', async () => {
    const findings = [
      { code: 'store-read-only', message: 'The store does not accept writes.' },
      { code: 'shutting-down', message: 'The process is shutting down.' },
    ];
    const url = await serve((request, response) => {
      response.setHeader(...ANSWER_HEADER);
      response.statusCode = request.url === '/health/ready' ? 503 : 200;
      response.end(JSON.stringify(request.url === '/health/ready' ? { findings } : {}));
    });
    const { codes } = await examine(system.configFile, '--url', url);
    expect(codes).toEqual(['store-read-only', 'shutting-down']);
  });

  it('with a buyer app that does not take its callbacks: callbacks-failing', async () => {
    const { buyer } = system;
    await buyer.stopListening();
    await insist(buyer, 'search', { intent: {} });
    const attempts = async (): Promise<boolean> =>
      asList((await system.operator('/api/outbox')).callbacks).some((one) => Number((one as Json).attempts) >= 3);
    await eventually('it was tried three times', attempts);
    const { codes } = await examine();
    await buyer.resumeListening();
    expect(codes).toEqual(['callbacks-failing']);
    await eventually(
      'it is delivered',
      async () => asList((await system.operator('/api/outbox')).callbacks).length === 0,
    );
  });

  it('with a session above the rating of its connector: power-above-rating', async () => {
    await system.charger('CP-01');
    const placed = await place(system.buyer, system.choice('CP-01', 'units', 90_000));
    await begun(system.buyer, placed.orderId);
    const hasPower = async (): Promise<boolean> =>
      asList((await system.operator('/api/sessions')).sessions).some((one) => Number((one as Json).powerW) > 50_000);
    await eventually('power is measured', hasPower);
    const networkFile = join(folder, 'network.json');
    const sold = JSON.stringify(networkOf(['CP-01', 'CP-02', 'CP-03'])).replaceAll(
      '"maxPowerW":150000',
      '"maxPowerW":22000',
    );
    writeFileSync(networkFile, sold);
    const { codes, messages } = await examine(configWith((settings) => (settings.networkFile = networkFile)));
    expect([codes, messages]).toEqual([['power-above-rating'], expect.stringContaining('CP-01/1')]);
  });

  it('with chargers that are turned away: each by its cause', async () => {
    await tryToConnect('CP-O2', 'ocpp1.6');
    await tryToConnect('CP-01', 'ocpp1.6', 'a-wrong-password-of-length');
    await tryToConnect('CP-02', 'ocpp1.2', PASSWORD);
    await tryToConnect('CP-03', 'ocpp1.6', PASSWORD);
    await tryToConnect('elsewhere/CP-04', 'ocpp1.6', PASSWORD);
    const { codes, messages } = await examine();
    expect([...codes].sort()).toEqual([
      'charger-password',
      'charger-rejected',
      'charger-subprotocol',
      'charger-tls',
      'charger-unknown',
    ]);
    expect(messages).toContain('it offers ocpp1.2');
    expect(messages).toContain('CP-04');
    expect(messages).toContain('/elsewhere/CP-04');
  });
});
