/**
 * The network changes: by the network file and SIGHUP while the real process runs, by the file while it does not, and
 * by imports into the store. A SIGHUP also changes a charger's password.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { networkOf, nothingLeft, PASSWORD, startTestSystem, type TestSystem, TARIFF } from './test-system.js';
import { begun, detailsOf, ended, place, priceLinesOf, totalOf as totalOfOrder } from './shopper.js';
import { eventually } from './waiting.js';

const systems: TestSystem[] = [];

async function open(change: (settings: Record<string, unknown>) => void = () => undefined): Promise<TestSystem> {
  const system = await startTestSystem({ chargePoints: ['CP-01', 'CP-02'] });
  systems.push(system);
  rewrite(system, change);
  return system;
}

function rewrite({ configFile }: TestSystem, change: (settings: Record<string, unknown>) => void): void {
  const settings = JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>;
  change(settings);
  writeFileSync(configFile, JSON.stringify(settings));
}

async function post({ addresses, dataDir }: TestSystem, path: string, body: object = {}) {
  const token = readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
  const response = await fetch(`${addresses.operator}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const connectedAt = async (system: TestSystem, id: string): Promise<unknown> =>
  (await system.operator(`/api/charge-points/${id}`))['connectedAt'];

/** The total including GST, in minor units. */
const totalOf = (kWh: number, pricePerKwh: number): number =>
  Math.round((kWh * pricePerKwh + TARIFF.serviceFee) * (1 + TARIFF.gstBps / 10_000));

afterEach(async () => {
  for (const system of systems.splice(0)) await system.close();
  await nothingLeft();
});

describe('a network file', () => {
  it('is read again at SIGHUP: a new price under an open socket, and a session that keeps its own', async () => {
    const system = await open();
    const networkFile = join(system.dataDir, '..', 'network.json');
    const write = (price: unknown): void =>
      writeFileSync(
        networkFile,
        JSON.stringify(networkOf(['CP-01', 'CP-02'])).replaceAll(
          `"pricePerKwh":${TARIFF.pricePerKwh}`,
          `"pricePerKwh":${JSON.stringify(price)}`,
        ),
      );
    await system.bridge.start();
    for (const id of ['CP-01', 'CP-02']) await system.charger(id);
    const socket = await connectedAt(system, 'CP-01');
    const running = await place(system.buyer, system.choice('CP-02', 'units', 500));
    await begun(system.buyer, running.orderId);

    write(2500);
    rewrite(system, (settings) => Object.assign(settings, { log: { level: 'debug' }, drainMs: 3999 }));
    const pid = system.bridge.pid ?? 0;
    process.kill(pid, 'SIGHUP');
    await eventually('the reload', () => system.bridge.stderr.includes('"config.reloaded"'));
    expect(system.bridge.stderr).toMatch(/"config.reloaded".*"applied":\["log.level"\].*"needsRestart":\["drainMs"\]/);
    const placed = await place(system.buyer, system.choice('CP-01', 'units', 10_000));
    expect(placed.paid).toBe(totalOf(10, 2500));
    expect(running.paid).toBe(totalOf(0.5, TARIFF.pricePerKwh));
    const bill = await ended(system.buyer, running.orderId);
    const kWh = parseFloat(detailsOf(bill).get('energy_delivered') ?? '');
    expect(priceLinesOf(bill).get('Charging Cost')).toBe(Math.round(kWh * TARIFF.pricePerKwh));
    expect([await connectedAt(system, 'CP-01'), system.bridge.pid]).toEqual([socket, pid]);

    write('dear');
    const refused = await post(system, '/api/reload');
    expect(refused).toMatchObject({
      status: 422,
      body: { problems: [expect.stringContaining('pricePerKwh') as string] },
    });
    process.kill(pid, 'SIGHUP');
    await eventually('the refusal', () => system.bridge.stderr.includes('not reloaded: '));
    expect(system.bridge.pid).toBe(pid);
    expect(await post(system, '/api/network/undo')).toMatchObject({
      status: 409,
      body: { error: 'network-file-rules' },
    });
  });
});

describe('a charge point that was removed while no bridge ran', () => {
  it('keeps its session over the restart, until it has ended', async () => {
    const system = await open();
    await system.bridge.start();
    for (const id of ['CP-01', 'CP-02']) await system.charger(id);
    const { orderId, paid } = await place(system.buyer, system.choice('CP-01', 'units', 600));
    await begun(system.buyer, orderId);
    await system.bridge.kill9();
    const file = join(dirname(system.configFile), 'network.json');
    const network = JSON.parse(readFileSync(file, 'utf8')) as {
      providers: { stations: { chargePoints: { id: string }[] }[] }[];
    };
    const [station] = network.providers[0]?.stations ?? [];
    if (station) station.chargePoints = station.chargePoints.filter(({ id }) => id !== 'CP-01');
    writeFileSync(file, JSON.stringify(network));
    await system.bridge.start();
    const bill = await ended(system.buyer, orderId);
    const kWh = parseFloat(detailsOf(bill).get('energy_delivered') ?? '');
    expect(kWh).toBeGreaterThan(0.5);
    expect(priceLinesOf(bill).get('Charging Cost')).toBe(Math.round(kWh * TARIFF.pricePerKwh));
    expect(totalOfOrder(bill)).toBeLessThanOrEqual(paid);
    await eventually('it is unknown', () => /"charger.refused"[^\n]*CP-01/.test(system.bridge.stderr), 60_000);
  });
});

describe('a password in the settings', () => {
  it('is another one after a SIGHUP, under an open socket', async () => {
    const system = await open();
    await system.bridge.start();
    await system.charger('CP-01');
    const socket = await connectedAt(system, 'CP-01');
    const next = 'another-password-of-the-settings';
    rewrite(system, (settings) => {
      const { chargePoints } = settings.ocpp as { chargePoints: { [id: string]: { password: string } } };
      chargePoints['CP-01'] = { ...chargePoints['CP-01'], password: next };
    });
    process.kill(system.bridge.pid ?? 0, 'SIGHUP');
    await eventually('the reload', () => system.bridge.stderr.includes('"config.reloaded"'));
    expect(system.bridge.stderr).toMatch(/"applied":\["password of CP-01 in ocpp.chargePoints"\]/);
    expect(system.bridge.stderr).not.toContain(next);
    expect(await connectedAt(system, 'CP-01')).toBe(socket);
    const statusOf = (password: string): Promise<number> => {
      const auth = `CP-01:${password}`;
      const socketOf = new WebSocket(`${system.addresses.ocpp}/CP-01`, ['ocpp1.6'], { auth });
      return new Promise((resolve) => {
        socketOf.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
        socketOf.on('open', () => {
          socketOf.terminate();
          resolve(101);
        });
      });
    };
    expect([await statusOf(PASSWORD), await statusOf(next)]).toEqual([401, 101]);
  });
});

describe('a bridge without a network file', () => {
  it('begins with nothing, sells what is imported at once, and still does after a crash', async () => {
    const system = await open((settings) => delete settings['networkFile']);
    await system.bridge.start();
    expect(system.bridge.stderr).toContain('"network.empty"');
    const document = Buffer.from(JSON.stringify(networkOf(['CP-01', 'CP-02'])));
    const files = [{ name: 'network.json', base64: document.toString('base64') }];
    expect(await post(system, '/api/network/import?dryRun=true', { files })).toMatchObject({
      body: { changed: false },
    });
    expect(await post(system, '/api/network/import', { files, by: 'asha' })).toMatchObject({
      status: 200,
      body: { changed: true },
    });
    await system.charger('CP-01');
    const first = await place(system.buyer, system.choice('CP-01', 'units', 300));
    await ended(system.buyer, first.orderId);

    await system.bridge.kill9();
    await system.bridge.start();
    // Only the first start reported it.
    expect(system.bridge.stderr.match(/"network.empty"/g)).toHaveLength(1);
    expect(await system.operator('/api/network')).toMatchObject({ version: { number: 1, by: 'asha' } });
    await eventually('the charger is back', async () => (await connectedAt(system, 'CP-01')) !== undefined);
    const removed = await post(system, '/api/charge-points/CP-01/remove', { reason: 'sold' });
    expect(removed).toMatchObject({ status: 200 });
    await eventually('its socket is closed', async () => {
      const list = await system.operator('/api/charge-points');
      return !JSON.stringify(list).includes('"CP-01","online":true');
    });
    await eventually('it is unknown', () => /"charger.refused"[^\n]*CP-01/.test(system.bridge.stderr));
  });
});
