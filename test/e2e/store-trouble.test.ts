/** The process when its store is unavailable, damaged, gone or not the original. */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import WebSocket from 'ws';
import { afterEach, expect, it } from 'vitest';
import { makeFolder, TestAuthority } from '../fakes/certificates.js';
import { WireJournal } from '../fault/wire-journal.js';
import { BridgeProcess } from './bridge-process.js';
import { freePorts } from './free-ports.js';
import { run } from './program.js';
import { begun, ended, place } from './shopper.js';
import { HOST, nothingLeft, startTestSystem, type TestSystem } from './test-system.js';
import { eventually } from './waiting.js';

const CHARGE_POINT = 'CP-01';
const systems: TestSystem[] = [];
const processes: BridgeProcess[] = [];

async function open(journal = new WireJournal()): Promise<TestSystem> {
  const system = await startTestSystem({ chargePoints: [CHARGE_POINT], onMessage: journal.beckn });
  systems.push(system);
  return system;
}

/** Creates another process with other arguments and changed settings. */
function processWith(system: TestSystem, args: readonly string[], change: object = {}): BridgeProcess {
  const file = join(system.dataDir, '..', `config-${processes.length}.json`);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(system.configFile, 'utf8')), ...change }));
  const one = new BridgeProcess(['--config', file, ...args]);
  processes.push(one);
  return one;
}

afterEach(async () => {
  for (const one of processes.splice(0)) if (one.running) await one.kill9();
  for (const system of systems.splice(0)) await system.close();
  await nothingLeft();
});

/** Returns the codes of the findings of `doctor`. */
async function findings(configFile: string): Promise<unknown[]> {
  const { stdout } = await run(['doctor', '--json', '--config', configFile], { cwd: dirname(configFile) });
  return (JSON.parse(stdout) as { findings: { code: unknown }[] }).findings.map(({ code }) => code);
}

const database = (system: TestSystem): string => join(system.dataDir, 'bridge.sqlite');

it(
  'answers the end of a session while the store refuses writes, dies, and bills it after the restart',
  { timeout: 60_000 },
  async () => {
    const journal = new WireJournal();
    const system = await open(journal);
    await system.bridge.start();
    const charger = await system.charger(CHARGE_POINT, { onFrame: journal.ocpp });
    const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', 4_000));
    await begun(system.buyer, placed.orderId);
    // Another program holds the database: every write fails after five seconds.
    const other = new DatabaseSync(database(system));
    // The bridge may be in the middle of a write.
    other.exec('PRAGMA busy_timeout = 10000');
    other.exec('BEGIN IMMEDIATE');
    charger.localStop(1);
    await eventually(
      'the stop is answered',
      () => journal.calls('StopTransaction').some(({ result }) => result),
      30_000,
    );
    expect(system.bridge.stderr).toContain('"frame.kept"');
    expect(await findings(system.configFile)).toEqual(expect.arrayContaining(['store-read-only', 'frames-kept']));
    await system.bridge.kill9();
    other.exec('ROLLBACK');
    other.close();
    await charger.stop();
    await system.bridge.start();
    await ended(system.buyer, placed.orderId);
    const order = await system.operator(`/api/orders/${placed.orderId}`);
    const [stop] = journal.calls('StopTransaction').filter(({ result }) => result);
    const [start] = journal.calls('StartTransaction');
    const deliveredWh = Number(stop?.payload['meterStop']) - Number(start?.payload['meterStart']);
    expect(order).toMatchObject({ state: 'completed', bill: { energyWh: deliveredWh } });
    expect(await system.operator('/api/discrepancies')).toMatchObject({ discrepancies: [] });
  },
);

it(
  'starts mute on a copy of its data, lets an operator read, and goes on once it is accepted',
  { timeout: 60_000 },
  async () => {
    const system = await open();
    await system.bridge.start();
    await system.charger(CHARGE_POINT);
    const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', 4_000));
    await begun(system.buyer, placed.orderId);
    await system.bridge.kill9();
    const copy = join(system.dataDir, '..', 'copy');
    cpSync(system.dataDir, copy, { recursive: true });
    const ca = await TestAuthority.make('CA');
    const own = await ca.issue([{ CN: [HOST] }], { server: true });
    const { put } = makeFolder();
    const [tlsPort = 0] = await freePorts(1);
    const certificates = [{ certificateFile: put('tls.pem', own.cert), keyFile: put('tls.key', own.key) }];
    const { listen } = JSON.parse(readFileSync(system.configFile, 'utf8'));
    listen.ocpp.tls = { port: tlsPort, certificates };
    const muted = processWith(system, [], { dataDir: copy, listen });
    await muted.start();
    expect(muted.stdout).toMatch(new RegExp(` ocpp-tls=wss://${HOST}:${tlsPort}/ocpp$`, 'm'));
    expect(muted.stderr.match(/"store.muted".*--accept-store/g)).toHaveLength(1);
    expect(await system.operator(`/api/orders/${placed.orderId}`)).toMatchObject({ state: 'charging' });
    const ready = await fetch(`${system.addresses.operator}/health/ready`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('The bridge is mute')]);
    expect(await findings(muted.args[1] ?? '')).toContain('mute');
    const search = await fetch(`${system.addresses.beckn}/search`, { method: 'POST', body: '{}' });
    expect([search.status, search.headers.get('retry-after')]).toEqual([503, '60']);
    for (const url of [system.addresses.ocpp, `wss://${HOST}:${tlsPort}/ocpp`]) {
      const socket = new WebSocket(`${url}/${CHARGE_POINT}`, 'ocpp1.6', { ca: ca.issued.cert });
      expect(await new Promise((resolve) => socket.on('error', (error) => resolve(error.message)))).toMatch(/503/);
    }
    await muted.term();
    const accepted = processWith(system, ['--accept-store'], { dataDir: copy });
    await accepted.start();
    expect((await fetch(`${system.addresses.operator}/health/ready`)).status).toBe(200);
  },
);

it(
  'starts mute on a backup of the same run, and refuses to begin again without its database',
  { timeout: 60_000 },
  async () => {
    const system = await open();
    await system.bridge.start();
    const backup = join(system.dataDir, '..', 'backup.sqlite');
    const db = new DatabaseSync(database(system));
    db.exec(`VACUUM INTO '${backup}'`);
    db.close();
    await system.charger(CHARGE_POINT);
    const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', 4_000));
    await begun(system.buyer, placed.orderId);
    await system.bridge.term();
    const remove = (): void => {
      for (const end of ['', '-wal', '-shm']) rmSync(database(system) + end, { force: true });
    };
    remove();
    cpSync(backup, database(system));
    const restored = processWith(system, []);
    await restored.start();
    expect(restored.stderr).toMatch(/"store.muted".*is older than the last use here/);
    await restored.term();
    remove();
    const emptied = processWith(system, []);
    emptied.spawn();
    expect(await emptied.death).toMatchObject({ code: 1 });
    expect(emptied.stderr).toMatch(/has 1 open orders, and it is empty now; nothing is sent.*--accept-store/);
  },
);

it('names damage, and works around it with one command', { timeout: 60_000 }, async () => {
  const system = await open();
  await system.bridge.start();
  await system.charger(CHARGE_POINT);
  const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', 4_000));
  await begun(system.buyer, placed.orderId);
  await system.bridge.kill9();
  const wal = `${database(system)}-wal`;
  const bytes = readFileSync(wal);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(wal, bytes);
  system.bridge.spawn();
  expect(await system.bridge.death).toMatchObject({ code: 1 });
  expect(system.bridge.stderr).toMatch(/-wal is damaged at byte \d+ .*--repair-store/);
  const repaired = processWith(system, ['--repair-store']);
  await repaired.start();
  expect(repaired.stderr).toContain('"store.repaired"');
  expect(await system.operator(`/api/orders/${placed.orderId}`)).toMatchObject({ id: placed.orderId });
  expect(readdirSync(system.dataDir).some((name) => name.endsWith('.damaged'))).toBe(true);
});
