/** A running bridge with orders, chargers and sale stops that all commands share, and a bridge that never answers. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ANSWER_HEADER } from '../../../src/operator/answer-header.js';
import WebSocket from 'ws';
import { makeKeys } from '../../../src/sandbox/runtime/keys.js';
import { run, type Finished, type RunOptions } from '../program.js';
import { begun, ended, place } from '../shopper.js';
import { freePorts } from '../free-ports.js';
import { HOST, networkOf, nothingLeft, startTestSystem, type TestSystem } from '../test-system.js';

const ROOT = join(import.meta.dirname, '../../..');
/** Energy of a trial order that ends after a few seconds, Wh. */
const TRIAL_WH = 200;

/** Values for the command lines. Some can be used only once: `next` returns a new one each time. */
export interface Given {
  readonly orderId: string;
  readonly runningId: string;
  readonly publicKey: string;
  readonly silentUrl: string;
  next(thing: SpareThing): string;
}

type SpareThing =
  | 'startingOrder'
  | 'saleStop'
  | 'rejected'
  | 'spelling'
  | 'point'
  | 'trialPoint'
  | 'silentPoint'
  | 'settings'
  | 'port'
  | 'name';

export interface Installation {
  readonly system: TestSystem;
  readonly given: Given;
  /** Options for commands that use the settings of the bridge. */
  readonly here: RunOptions;
  /** Returns options for a command that writes files: its own folder, with a copy of the settings. */
  ownFolder(name: string): RunOptions;
  /** Resolves when a request with this token has reached the bridge that never answers. */
  asked(token: string): Promise<void>;
  close(): Promise<void>;
}

export const json = (finished: Finished): { readonly [name: string]: unknown } =>
  JSON.parse(finished.stdout) as { readonly [name: string]: unknown };

/** Removes progress lines, which a command prints if a step takes longer than a second. */
export const withoutProgress = (text: string): string => text.replaceAll(/^.* …\n/gm, '');

/** @param spare How many values of each kind to prepare for commands that use them up. */
export async function startInstallation({ spare = 8 } = {}): Promise<Installation> {
  const points = pointsFor(spare);
  const system = await startTestSystem({
    chargePoints: points.all,
    settings: {
      subscriber: { generate: true, encryptionKeyFiles: ['data/encryption.key'] },
      session: { pendingS: 600, startTimeoutS: 600 },
    },
  });
  const network = sellInTheStore(system, points);
  await system.bridge.start();
  const folder = mkdtempSync(join(tmpdir(), 'bridge-line-'));
  symlinkSync(join(ROOT, 'config'), join(folder, 'config'));
  const here: RunOptions = { cwd: folder, env: { BRIDGE_CONFIG: system.configFile } };
  writeFileSync(join(folder, 'network.json'), JSON.stringify(network));
  expect(await run(['import', 'network.json', '--json'], here)).toMatchObject({ code: 0 });
  const silent = await startSilentBridge();
  const given = await prepare(system, here, { points, silentUrl: silent.url });
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

/** Removes the network file from the settings, so that commands may change the network. Returns the file's content. */
function sellInTheStore({ configFile }: TestSystem, { all, trial }: Points): object {
  const { networkFile: _, ...settings } = JSON.parse(readFileSync(configFile, 'utf8')) as { [name: string]: unknown };
  writeFileSync(configFile, JSON.stringify(settings));
  const network = networkOf(all) as { providers: { stations: { chargePoints: Point[] }[] }[] };
  const points = network.providers.flatMap(({ stations }) => stations.flatMap(({ chargePoints }) => chargePoints));
  for (const { id, connectors } of points)
    if (trial.includes(id) || id === 'CP-03')
      for (const connector of connectors) connector.options = { energy: TRIAL_WH };
  return network;
}

interface Point {
  readonly id: string;
  readonly connectors: { options: object }[];
}

interface Points {
  readonly all: readonly string[];
  /** Orders here end after a few seconds. */
  readonly trial: readonly string[];
  /** These never connect. */
  readonly silent: readonly string[];
  /** Connected without a car: orders here wait for their start. */
  readonly waiting: readonly string[];
  /** Commands remove these. */
  readonly removable: readonly string[];
}

function pointsFor(spare: number): Points {
  const named = (kind: string): string[] => Array.from({ length: spare }, (_, index) => `CP-${kind}${index}`);
  const points = { trial: named('T'), silent: named('Q'), waiting: named('W'), removable: named('S') };
  // The last one belongs to the second provider.
  return { ...points, all: ['CP-01', 'CP-02', ...Object.values(points).flat(), 'CP-03'] };
}

async function prepare(
  system: TestSystem,
  here: RunOptions,
  { points, silentUrl }: { readonly points: Points; readonly silentUrl: string },
): Promise<Given> {
  const { buyer } = system;
  await system.charger('CP-01');
  const { orderId } = await place(buyer, system.choice('CP-01', 'units', 100));
  await ended(buyer, orderId);
  await system.charger('CP-02');
  const { orderId: runningId } = await place(buyer, system.choice('CP-02', 'units', 90_000));
  await begun(buyer, runningId);
  const saleStop = ['sale', 'stop', '--charge-point', 'CP-03', '--for', '2h', '--reason', 'A test.', '--json'];
  const spare: { readonly [thing in SpareThing]: string[] } = {
    startingOrder: await Promise.all(points.waiting.map((id) => placeWithoutCar(system, id))),
    saleStop: await Promise.all(points.silent.map(async () => String(json(await run(saleStop, here))['id']))),
    rejected: await Promise.all(points.silent.map((id) => tryToConnect(system, `${id}-NEW`))),
    spelling: await Promise.all(points.silent.map((id) => approveSpelling(system, here, id))),
    point: [...points.removable],
    trialPoint: [...points.trial],
    silentPoint: [...points.silent],
    settings: points.silent.map((id) => writeOwnSettings(system, here.cwd, id)),
    port: (await freePorts(2 * points.silent.length)).map(String),
    name: Array.from({ length: 10 * points.silent.length }, (_, index) => `n${index}`),
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
  const charger = await system.charger(id, { connector: { pluggedIn: false } });
  // It would give up waiting for the cable, and the order would end.
  charger.misbehave('never-starts');
  return (await place(system.buyer, system.choice(id, 'units', 1_000))).orderId;
}

/** Writes settings for another bridge next to the running one. Returns the path. */
function writeOwnSettings({ configFile }: TestSystem, folder: string, id: string): string {
  const { listen, ...settings } = JSON.parse(readFileSync(configFile, 'utf8')) as {
    readonly listen: { readonly [name: string]: object };
  };
  const free = Object.entries(listen).map(([name, listener]) => [name, { ...listener, port: 0 }]);
  const file = join(folder, `serve-${id}.json`);
  const own = { ...settings, listen: Object.fromEntries(free) as object, dataDir: join(folder, `serve-${id}`) };
  writeFileSync(file, JSON.stringify(own));
  return file;
}

/** Lets an unknown charger try to connect. Resolves with its identity. */
export function tryToConnect({ addresses }: TestSystem, id: string): Promise<string> {
  const socket = new WebSocket(`${addresses.ocpp}/${id}`, ['ocpp1.6']);
  return new Promise((resolve) => {
    socket.on('error', () => resolve(id));
    socket.on('close', () => resolve(id));
  });
}

/** Makes the charge point connect with another spelling of its identity and approves it. Returns the spelling. */
async function approveSpelling(system: TestSystem, here: RunOptions, id: string): Promise<string> {
  const spelling = await tryToConnect(system, id.toLowerCase());
  expect(await run(['rejected-connections', 'approve', spelling, '--as', id], here)).toMatchObject({ code: 0 });
  return spelling;
}

export interface FakeBridge {
  readonly url: string;
  readonly server: Server;
  close(): void;
}

export async function startFakeBridge(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeBridge> {
  const server = createServer((request, response) => {
    response.setHeader(...ANSWER_HEADER);
    answer(request, response);
  });
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
