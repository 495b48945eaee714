/**
 * The first day of an operator with a spreadsheet: runs the ten commands of the document verbatim in an empty folder.
 * Then a buyer app of the network buys a session.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createBuyerApp, type BuyerApp } from '../../src/sandbox/buyer-app.js';
import { createChargePoint, type SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import { startSandboxRegistry, type SandboxRegistry } from '../../src/sandbox/registry.js';
import { makeKeys, type SandboxKeys } from '../../src/sandbox/runtime/keys.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import { strangersFile, strangersFileWithFaults } from '../fakes/strangers-file.js';
import { BridgeProcess } from './bridge-process.js';
import { runShell, type Finished } from './program.js';
import { ended, place } from './shopper.js';
import { freePorts } from './free-ports.js';
import { HOST, nothingLeft } from './test-system.js';
import { eventually, hurried } from './waiting.js';

const BRIDGE = 'bpp.example.org';
const BUYER = 'bap.example.org';
const ROOT = join(import.meta.dirname, '../..');
const DAY_MS = 86_400_000;
/** Generous: an order at a real charger takes most of a minute. */
const LIMIT_MS = 300_000;
/** Each wait of the simulated charger is divided by this; its timestamps and energy stay real. */
const HURRY = 5;

let base: string;
let folder: string;
/** Overrides: the document's ports may be in use on this machine, and the buyer app has a private address. */
let env: { readonly [name: string]: string };
let bridge: BridgeProcess | undefined;
let charger: SimulatedChargePoint | undefined;
let registry: SandboxRegistry;
let buyer: BuyerApp;
let buyerKeys: SandboxKeys;
let buyerUri: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'bridge-first-day-'));
  folder = join(base, 'empty');
  mkdirSync(folder);
  const programs = join(base, 'programs');
  mkdirSync(programs);
  symlinkSync(join(ROOT, 'dist/program/main.js'), join(programs, 'beckn-ocpp-bridge'));
  const [beckn, ocpp, operator] = await freePorts(3);
  env = {
    PATH: [programs, process.env['PATH'] ?? ''].join(delimiter),
    BRIDGE__LISTEN__BECKN__PORT: String(beckn),
    BRIDGE__LISTEN__OCPP__PORT: String(ocpp),
    BRIDGE__LISTEN__OPERATOR__PORT: String(operator),
    BRIDGE__SUBSCRIBER__URI: `http://${HOST}:${beckn}/beckn`,
  };
  await startBuyer(env['BRIDGE__SUBSCRIBER__URI'] ?? '');
  const callback = { host: HOST, port: Number(new URL(buyerUri).port), scheme: 'http', subscriber: BUYER };
  env = { ...env, BRIDGE__CALLBACKS__ALLOW: JSON.stringify([callback]) };
});

afterAll(async () => {
  await buyer.stop();
  await registry.close();
  await charger?.stop();
  if (bridge?.running) await bridge.kill9();
  rmSync(base, { recursive: true, force: true });
  await nothingLeft();
});

/** Starts a buyer app. It can buy after `register`. */
async function startBuyer(bppUri: string): Promise<void> {
  registry = await startSandboxRegistry({ clock: realClock });
  buyerKeys = await makeKeys();
  buyer = createBuyerApp({
    subscriberId: BUYER,
    keyId: 'buyer-1',
    secretKey: buyerKeys.secretKey,
    host: HOST,
    port: 0,
    clock: realClock,
    random: createSeededRandom(8),
    registryUrl: registry.url,
    bppUri,
    bppId: BRIDGE,
  });
  buyerUri = (await buyer.start()).bapUri;
}

/** Registers both sides with each other, as the network does after it has accepted the operator. */
async function register(): Promise<void> {
  const { keys } = (await jsonOf('beckn-ocpp-bridge keys show')) as { keys: { [name: string]: string }[] };
  const { keyId = '', publicKey = '' } = keys.find(({ kind }) => kind === 'signing') ?? {};
  const record = { domain: 'uei:charging', status: 'SUBSCRIBED' };
  const url = env['BRIDGE__SUBSCRIBER__URI'] ?? '';
  registry.add({ ...record, subscriberId: BRIDGE, url, type: 'BPP', keyId, signingPublicKey: publicKey });
  const signingPublicKey = buyerKeys.publicKeyBase64;
  const theirs = { subscriber_id: BUYER, key_id: 'buyer-1', signing_public_key: signingPublicKey, type: 'BAP' };
  writeFileSync(inFolder('registry.json'), JSON.stringify([{ ...theirs, url: buyerUri, domain: 'uei:charging' }]));
}

/** Returns the commands of the block that this test plays, without their comments. */
function callsIn(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const [, block = ''] = /<!-- played by test\/e2e\/first-day\.test\.ts -->\s+```bash\n(.*?)```/s.exec(text) ?? [];
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim());
}

const inFolder = (file: string): string => join(folder, file);

const play = (line: string): Promise<Finished> => runShell(line, { cwd: folder, env });

const jsonOf = async (line: string): Promise<{ readonly [name: string]: unknown }> =>
  JSON.parse((await play(`${line} --json`)).stdout) as { readonly [name: string]: unknown };

/** Returns the HTTP status of a refused handshake, or `undefined` if the charger is accepted. */
function refusal(url: string, auth: string): Promise<number | undefined> {
  const socket = new WebSocket(url, ['ocpp1.6'], { auth });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('open', () => resolve(undefined));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
  }).finally(() => socket.terminate()) as Promise<number | undefined>;
}

/** Connects the first charge point with the URL and password from the passwords file, as an installer does. */
async function connectFirst(): Promise<SimulatedChargePoint> {
  const [, first = ''] = readFileSync(inFolder('passwords.csv'), 'utf8').split(/\r?\n/);
  const [id = '', url = '', password = ''] = first.split(',');
  expect([id, url.endsWith(`/${id}`)]).toEqual(['KC-IND-01', true]);
  expect(await refusal(url, `${id}:wrong-${password}`)).toBe(401);
  const one = createChargePoint({
    url: url.slice(0, -id.length - 1),
    id,
    password,
    connectors: [
      {
        connectorId: 1,
        powerType: 'DC',
        maxPowerW: 22_500,
        battery: { capacityWh: 60_000, socPercent: 20, maxPowerW: 22_500 },
        pluggedIn: true,
      },
    ],
    clock: hurried(HURRY),
    random: createSeededRandom(7),
  });
  await one.start();
  return one;
}

/** Gives the first charge point in the operator's file the id that the document and the template use. */
const withFirstPoint = (file: string): string => file.replaceAll(';MS-0;', ';KC-IND-01;');

/** What is expected of each call, and what a person does before it. */
const EXPECTED: readonly (readonly [call: RegExp, see: (line: string) => Promise<void>])[] = [
  [/ init$/, async (line) => seen(await play(line), 0, 'beckn-ocpp-bridge import --template wide > network.csv')],
  [
    / serve$/,
    async (line) => {
      bridge = new BridgeProcess(line.split(' ').slice(1), env, folder);
      await bridge.start();
    },
  ],
  [
    / --template wide > network.csv$/,
    async (line) => {
      seen(await play(line), 0, '');
      expect(readFileSync(inFolder('network.csv'), 'utf8')).toMatch(/^provider_id,.*\n.*KC-IND-01/ms);
    },
  ],
  [
    / network.csv --dry-run$/,
    async (line) => {
      writeFileSync(inFolder('network.csv'), withFirstPoint(strangersFileWithFaults()));
      const wrong = await play(line);
      expect([wrong.code, wrong.stdout]).toEqual([1, '']);
      expect(wrong.stderr).toContain('network.csv:5, column Power (kW): "sixty" must be a number such as 7.4 or 7,4');
      expect(wrong.stderr).toContain('network.csv:301, column Current: "cd" must be one of AC, DC');
      expect(wrong.stderr).toMatch(/network\.csv:501, column Latitude: "148,\d+" must be/);
      expect(wrong.stderr.match(/network\.csv:\d+/g)).toHaveLength(3);
      writeFileSync(inFolder('network.csv'), withFirstPoint(strangersFile()));
      seen(await play(line), 0, 'Nothing was changed: this was a dry run.');
    },
  ],
  [/ --reason "our stations"$/, async (line) => seen(await play(line), 0, 'This is version 1.')],
  [
    / passwords --csv > passwords.csv$/,
    async (line) => {
      seen(await play(line), 0, '');
      const rows = readFileSync(inFolder('passwords.csv'), 'utf8').trimEnd().split(/\r?\n/);
      expect([rows.length, rows[0]]).toEqual([301, 'id,url,password,result']);
    },
  ],
  [
    / list --online$/,
    async (line) => {
      charger = await connectFirst();
      seen(await play(line), 0, 'KC-IND-01');
    },
  ],
  [
    / try KC-IND-01\/1$/,
    async (line) => {
      const tried = await play(line);
      seen(tried, 0, 'KC-IND-01 is connected: plug a car in at connector 1.');
      expect(tried.stdout).toContain('checks passed');
      expect(tried.stdout).toMatch(/^ {2}Total +€0\.\d\d$/m);
    },
  ],
  [/ orders list$/, async (line) => seen(await play(line), 0, 'KC-IND-01/1 (trial)')],
  [
    / doctor$/,
    async (line) => {
      const found = await play(line);
      seen(found, 1, 'The registry does not know a key of ours. (key-not-registered)');
      expect(found.stdout).toContain('1 found.');
    },
  ],
];

function seen({ code, stdout, stderr }: Finished, exit: number, text: string): void {
  expect([code, stdout], stderr).toEqual([exit, expect.stringContaining(text)]);
}

it(
  'ten calls lead from an empty folder and a spreadsheet to a session at a charger with a password',
  async () => {
    const calls = callsIn('README.md');
    expect(calls).toHaveLength(10);
    expect(callsIn('docs/getting-started.md')).toEqual(calls);
    expect(readdirSync(folder)).toEqual([]);
    for (const [at, line] of calls.entries()) {
      expect(line).toMatch(/^beckn-ocpp-bridge /);
      expect(line).not.toMatch(/&&|;|\|/);
      const [call, see] = EXPECTED[at] ?? [];
      expect(line).toMatch(call ?? /^$/);
      await see?.(line);
    }

    expect(await jsonOf('beckn-ocpp-bridge orders list')).toMatchObject({
      orders: [{ state: 'completed', trial: true }],
    });
    // In the operator's time zone it may already be the next day.
    const [today, tomorrow] = [0, DAY_MS].map((ms) => new Date(Date.now() + ms).toISOString().slice(0, 10));
    const settled = async (): Promise<string[]> => {
      const { code, stdout } = await play(`beckn-ocpp-bridge settlement ${today} ${tomorrow}`);
      expect(code).toBe(0);
      return stdout.trimEnd().split(/\r?\n/).slice(1);
    };
    expect(await settled()).toEqual([]);

    await register();
    charger?.unplug(1);
    charger?.plug(1);
    await eventually('the next car is there', async () =>
      JSON.stringify(await jsonOf('beckn-ocpp-bridge charge-points show KC-IND-01')).includes('"Preparing"'),
    );
    const connector = {
      providerId: 'mueller',
      stationId: 'st-0',
      chargePointId: 'KC-IND-01',
      connectorId: 'KC-IND-01-1',
    };
    const placed = await place(buyer, { ...connector, option: { code: 'units', value: '100' } });
    expect(await ended(buyer, placed.orderId)).toMatchObject({ status: 'COMPLETE' });
    expect(await jsonOf(`beckn-ocpp-bridge orders show ${placed.orderId}`)).toMatchObject({ state: 'completed' });
    expect(await settled()).toEqual([
      expect.stringMatching(`${BUYER},${placed.orderId},.*,KC-IND-01,1,.*,EUR,`),
      expect.stringMatching(`${BUYER},TOTAL,`),
    ]);
    expect((await bridge?.term())?.code).toBe(0);
  },
  LIMIT_MS,
);
