/** One running bridge with orders, chargers and sale stops, for every command; and a bridge that never answers. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import WebSocket from 'ws';
import { makeKeys } from '../../../src/sandbox/runtime/keys.js';
import { run, type Finished, type RunOptions } from '../program.js';
import { begun, ended, place } from '../shopper.js';
import { freePorts, HOST, networkOf, nothingLeft, startTestSystem, type TestSystem } from '../test-system.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Things that a command uses up are there this many times. */
const SPARE = 8;
/** An order of a trial ends after a few seconds. */
const TRIAL_WH = 200;
const IDS = Array.from({ length: SPARE }, (_, index) => index);
const TRIAL_POINTS = IDS.map((index) => `CP-T${index}`);
const SPARE_POINTS = IDS.map((index) => `CP-S${index}`);
/** Connected, without a car: an order there waits for its start. */
const WAITING_POINTS = IDS.map((index) => `CP-W${index}`);
/** Never connected. */
const SILENT_POINTS = IDS.map((index) => `CP-Q${index}`);
/** The last one is that of the second provider. */
const POINTS = ['CP-01', 'CP-02', ...TRIAL_POINTS, ...SPARE_POINTS, ...WAITING_POINTS, ...SILENT_POINTS, 'CP-03'];

/** What the lines of the table name. Each use of a spare thing takes the next one. */
export interface Given {
  readonly orderId: string;
  readonly runningId: string;
  readonly publicKey: string;
  readonly silentUrl: string;
  next(thing: SpareThing): string;
}

export type SpareThing =
  'startingOrder' | 'saleStop' | 'rejected' | 'point' | 'trialPoint' | 'silentPoint' | 'settings' | 'port' | 'name';

export interface Installation {
  readonly system: TestSystem;
  readonly given: Given;
  /** Where commands run: the settings of the bridge are found. */
  readonly here: RunOptions;
  /** A folder of its own, with a copy of the settings, for a command that writes files. */
  ownFolder(name: string): RunOptions;
  /** Resolves when a request with this token has reached the bridge that never answers. */
  asked(token: string): Promise<void>;
  close(): Promise<void>;
}

export const json = (finished: Finished): { readonly [name: string]: unknown } =>
  JSON.parse(finished.stdout) as { readonly [name: string]: unknown };

export async function startInstallation(): Promise<Installation> {
  const system = await startTestSystem({
    chargePoints: POINTS,
    settings: {
      subscriber: { generate: true, encryptionKeyFiles: ['data/encryption.key'] },
      session: { pendingS: 600, startTimeoutS: 600 },
    },
  });
  const network = sellInTheStore(system);
  await system.bridge.start();
  const folder = mkdtempSync(join(tmpdir(), 'bridge-line-'));
  symlinkSync(join(ROOT, 'config'), join(folder, 'config'));
  const here: RunOptions = { cwd: folder, env: { BRIDGE_CONFIG: system.configFile } };
  writeFileSync(join(folder, 'network.json'), JSON.stringify(network));
  expect(await run(['import', 'network.json', '--json'], here)).toMatchObject({ code: 0 });
  const silent = await startSilentBridge();
  const given = await prepare(system, here, silent.url);
  return {
    system,
    given,
    here,
    ownFolder(name) {
      const cwd = join(folder, name.replaceAll(' ', '-'));
      mkdirSync(cwd, { recursive: true });
      const config = join(cwd, 'config.json');
      if (!existsSync(config)) writeFileSync(config, readFileSync(system.configFile));
      return { cwd, env: { BRIDGE_CONFIG: config } };
    },
    asked: silent.asked,
    async close() {
      silent.close();
      await system.close();
      rmSync(folder, { recursive: true, force: true });
      await nothingLeft();
    },
  };
}

/** Takes the network file out of the settings, so that commands may change what is sold. @returns Its content. */
function sellInTheStore({ configFile }: TestSystem): object {
  const { networkFile: _, ...settings } = JSON.parse(readFileSync(configFile, 'utf8')) as { [name: string]: unknown };
  writeFileSync(configFile, JSON.stringify(settings));
  const network = networkOf(POINTS) as { providers: { stations: { chargePoints: Point[] }[] }[] };
  const points = network.providers.flatMap(({ stations }) => stations.flatMap(({ chargePoints }) => chargePoints));
  for (const { id, connectors } of points)
    if (TRIAL_POINTS.includes(id)) for (const connector of connectors) connector.options = { energy: TRIAL_WH };
  return network;
}

interface Point {
  readonly id: string;
  readonly connectors: { options: object }[];
}

async function prepare(system: TestSystem, here: RunOptions, silentUrl: string): Promise<Given> {
  const { buyer } = system;
  await system.charger('CP-01');
  const { orderId } = await place(buyer, system.choice('CP-01', 'units', 100));
  await ended(buyer, orderId);
  await system.charger('CP-02');
  const { orderId: runningId } = await place(buyer, system.choice('CP-02', 'units', 90_000));
  await begun(buyer, runningId);
  const saleStop = ['sale', 'stop', '--charge-point', 'CP-03', '--for', '2h', '--reason', 'A test.', '--json'];
  const spare: { readonly [thing in SpareThing]: string[] } = {
    startingOrder: await Promise.all(WAITING_POINTS.map((id) => placeWithoutCar(system, id))),
    saleStop: await Promise.all(IDS.map(async () => String(json(await run(saleStop, here))['id']))),
    rejected: await Promise.all(IDS.map((index) => tryToConnect(system, `CP-R${index}`))),
    point: [...SPARE_POINTS],
    trialPoint: [...TRIAL_POINTS],
    silentPoint: [...SILENT_POINTS],
    settings: IDS.map((index) => writeOwnSettings(system, here.cwd, index)),
    port: (await freePorts(2 * SPARE)).map(String),
    name: Array.from({ length: 10 * SPARE }, (_, index) => `n${index}`),
  };
  const { publicKeyBase64: publicKey } = await makeKeys();
  const next = (thing: SpareThing): string => {
    const found = spare[thing].shift();
    if (found === undefined) throw new Error(`there is no ${thing} left`);
    return found;
  };
  return { orderId, runningId, publicKey, silentUrl, next };
}

async function placeWithoutCar(system: TestSystem, id: string): Promise<string> {
  await system.charger(id, { connector: { pluggedIn: false } });
  return (await place(system.buyer, system.choice(id, 'units', 1_000))).orderId;
}

/** Settings for another bridge beside the running one. @returns The file. */
function writeOwnSettings({ configFile }: TestSystem, folder: string, index: number): string {
  const { listen, ...settings } = JSON.parse(readFileSync(configFile, 'utf8')) as {
    readonly listen: { readonly [name: string]: object };
  };
  const free = Object.entries(listen).map(([name, listener]) => [name, { ...listener, port: 0 }]);
  const file = join(folder, `serve-${index}.json`);
  const own = { ...settings, listen: Object.fromEntries(free) as object, dataDir: join(folder, `serve-${index}`) };
  writeFileSync(file, JSON.stringify(own));
  return file;
}

/** A charger that nobody knows tries to connect. @returns Its identity. */
export function tryToConnect({ addresses }: TestSystem, id: string): Promise<string> {
  const socket = new WebSocket(`${addresses.ocpp}/${id}`, ['ocpp1.6']);
  return new Promise((resolve) => {
    socket.on('error', () => resolve(id));
    socket.on('close', () => resolve(id));
  });
}

export interface FakeBridge {
  readonly url: string;
  readonly server: Server;
  close(): void;
}

export async function startFakeBridge(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeBridge> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}`, server, close };
}

async function startSilentBridge(): Promise<FakeBridge & { asked(token: string): Promise<void> }> {
  const seen = new Map<string, () => void>();
  const bridge = await startFakeBridge(({ headers }) => {
    const token = headers.authorization?.replace('Bearer ', '') ?? '';
    seen.get(token)?.();
  });
  const asked = (token: string): Promise<void> => new Promise((resolve) => void seen.set(token, resolve));
  return { ...bridge, asked };
}
