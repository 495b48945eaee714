/** The process as whoever runs it meets it: its first line, its refusals, its end. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { selectedOrder } from '../../src/sandbox/buyer-app/request-messages.js';
import { ask, begun, ended, insist, place } from './shopper.js';
import { BridgeProcess, type Death } from './bridge-process.js';
import { eventually } from './waiting.js';
import { HOST, nothingLeft, openWorld, type World, type WorldOptions } from './world.js';

const DRAIN_MS = 4_000;
const worlds: World[] = [];
const processes: BridgeProcess[] = [];
const listeners: Server[] = [];

async function open(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await openWorld({ chargePoints: ['CP-01'], ...options });
  worlds.push(world);
  return world;
}

/** A process with these settings over those of a world. */
function processWith(world: World, change: (settings: { [key: string]: unknown }) => void): BridgeProcess {
  const settings = JSON.parse(readFileSync(world.configFile, 'utf8')) as { [key: string]: unknown };
  change(settings);
  const file = join(world.dataDir, '..', `config-${processes.length}.json`);
  writeFileSync(file, JSON.stringify(settings));
  return processFor(['--config', file]);
}

function processFor(args: readonly string[]): BridgeProcess {
  const one = new BridgeProcess(args);
  processes.push(one);
  return one;
}

async function refused(bridge: BridgeProcess): Promise<string> {
  bridge.spawn();
  const death: Death = await bridge.death;
  expect([death.code, bridge.stdout]).toEqual([1, '']);
  expect(bridge.stderr).not.toMatch(/^\s+at /m);
  return bridge.stderr;
}

afterEach(async () => {
  for (const one of processes.splice(0)) if (one.running) await one.kill9();
  for (const one of listeners.splice(0)) await new Promise((resolve) => one.close(resolve));
  for (const world of worlds.splice(0)) await world.close();
  await nothingLeft();
});

describe('a start', () => {
  it('says in one line where it listens, and everything else elsewhere', async () => {
    const { bridge, addresses } = await open();
    const { tookMs } = await bridge.start();
    console.log(`from start to ready: ${Math.round(tookMs)} ms`);
    expect(bridge.stdout).toBe(
      `ready beckn=${addresses.beckn} ocpp=${addresses.ocpp} operator=${addresses.operator}\n`,
    );
    const ready = await fetch(`${addresses.operator}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
  });

  it('with port 0 takes free ports and says which', async () => {
    const world = await open();
    const bridge = processWith(world, (settings) => {
      settings.listen = {
        beckn: { host: HOST, port: 0, basePath: '/beckn' },
        ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
        operator: { host: HOST, port: 0 },
      };
    });
    const { beckn, ocpp, operator } = await bridge.start();
    const ports = [beckn, ocpp, operator].map((address) => Number(new URL(address).port));
    expect(new Set(ports).size).toBe(3);
    expect(Math.min(...ports)).toBeGreaterThan(0);
    expect((await fetch(beckn)).status).toBe(200);
    expect((await fetch(`${operator}/health/live`)).status).toBe(200);
  });

  it('with settings that are wrong ends with 1 and names each key, its value and its rule', async () => {
    const world = await open();
    const words = await refused(
      processWith(world, (settings) => {
        settings.drainMs = -5;
        settings.store = { kind: 'paper' };
        settings.colour = 'blue';
      }),
    );
    const lines = words.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.find((line) => line.startsWith('drainMs'))).toMatch(/-5.*0/);
    expect(lines.find((line) => line.startsWith('store.kind'))).toMatch(/paper.*sqlite/);
    expect(lines.find((line) => line.includes('colour'))).toBeDefined();
  });

  it.for([
    ['a file that is not there', ['--config', '/nowhere/config.json'], /\/nowhere\/config\.json/],
    ['an option that is none', ['--konfig', 'x'], /konfig[^]*Usage: /],
  ] as const)('with %s ends with 1 and says so', async ([, args, says]) => {
    expect(await refused(processFor(args))).toMatch(says);
  });

  it('with an environment that names no setting ends with 1 and says which', async () => {
    const { bridge } = await open();
    bridge.spawn({ BRIDGE__LISTEN__BEKN__PORT: '1' });
    expect((await bridge.death).code).toBe(1);
    expect(bridge.stderr).toContain('BRIDGE__LISTEN__BEKN__PORT: no setting has this name');
  });

  it('on a port that is taken ends with 1 and names the address', async () => {
    const world = await open();
    const port = Number(new URL(world.addresses.ocpp).port);
    const other = createServer();
    listeners.push(other);
    await new Promise<void>((resolve) => other.listen(port, HOST, resolve));
    expect(await refused(world.bridge)).toMatch(new RegExp(`${HOST}:${port}`));
  });

  it('on the data of another process that runs ends with 1, and the other goes on', async () => {
    const world = await open();
    await world.bridge.start();
    const second = processWith(world, (settings) => {
      settings.listen = {
        beckn: { host: HOST, port: 0, basePath: '/beckn' },
        ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
        operator: { host: HOST, port: 0 },
      };
    });
    expect(await refused(second)).toMatch(/another process|in use|locked/i);
    await ask(world.buyer, 'search', { intent: {} });
  });

  it('on the data of a process that has ended knows everything that it knew', async () => {
    const world = await open();
    await world.bridge.start();
    await world.charger('CP-01');
    const placed = await place(world.buyer, world.choice('CP-01', 'units', 100));
    await ended(world.buyer, placed.orderId);
    const before = await world.operator(`/api/orders/${placed.orderId}`);
    expect((await world.bridge.term()).code).toBe(0);
    await world.bridge.start();
    expect(await world.operator(`/api/orders/${placed.orderId}`)).toMatchObject({ id: before.id, bill: before.bill });
  });
});

describe('SIGTERM', () => {
  it('ends with 0 in time while a session runs and requests come in, and every ACK was meant', async () => {
    const world = await open({ settings: { beckn: { perBapPerMinute: 100_000 } } });
    const { bridge, buyer } = world;
    await bridge.start();
    await world.charger('CP-01');
    const placed = await place(buyer, world.choice('CP-01', 'units', 400));
    await begun(buyer, placed.orderId);
    const order = selectedOrder(world.choice('CP-01', 'units', 300));
    const burst = Array.from({ length: 20 }, () => buyer.send('select', { order }));
    const began = performance.now();
    const death = await bridge.term();
    const tookMs = performance.now() - began;
    expect(death).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(DRAIN_MS + 2_000);
    const acknowledged = (await Promise.all(burst)).filter((sent) => sent.ack);

    await bridge.start();
    for (const { messageId } of acknowledged) {
      await buyer.waitFor((one) => one.action === 'on_select' && one.messageId === messageId, 20_000);
    }
    await ended(buyer, placed.orderId);
    expect(buyer.rejected).toEqual([]);
  });

  it('with nothing to do ends at once', async () => {
    const { bridge } = await open();
    await bridge.start();
    const began = performance.now();
    expect((await bridge.term()).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(DRAIN_MS);
  });

  it('with a buyer app that does not answer ends in time, and what is owed is delivered later', async () => {
    const world = await open();
    const { bridge, buyer } = world;
    await bridge.start();
    buyer.delayAnswers(600_000);
    const sent = await insist(buyer, 'search', { intent: {} });
    expect(sent.ack).toBe(true);
    await eventually('it is owed', async () => (await world.operator('/api/outbox')).count === 1);
    const began = performance.now();
    expect((await bridge.term()).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(DRAIN_MS + 2_000);
    buyer.delayAnswers(0);
    await bridge.start();
    await buyer.waitFor((one) => one.messageId === sent.messageId, 20_000);
  });
});
