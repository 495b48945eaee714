/** The process as its operator sees it: the ready line, refused starts, and the shutdown. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { selectedOrder } from '../../src/sandbox/buyer-app/request-messages.js';
import { ask, begun, ended, insist, place } from './shopper.js';
import { BridgeProcess, type Death } from './bridge-process.js';
import { eventually } from './waiting.js';
import { HOST, nothingLeft, startTestSystem, type TestSystem, type WorldOptions } from './test-system.js';

const DRAIN_MS = 4_000;
const worlds: TestSystem[] = [];
const processes: BridgeProcess[] = [];
const listeners: Server[] = [];

async function open(options: Partial<WorldOptions> = {}): Promise<TestSystem> {
  const system = await startTestSystem({ chargePoints: ['CP-01'], ...options });
  worlds.push(system);
  return system;
}

/** Creates a process with the settings of a system after a change. */
function processWith(system: TestSystem, change: (settings: { [key: string]: unknown }) => void): BridgeProcess {
  const settings = JSON.parse(readFileSync(system.configFile, 'utf8')) as { [key: string]: unknown };
  change(settings);
  const file = join(system.dataDir, '..', `config-${processes.length}.json`);
  writeFileSync(file, JSON.stringify(settings));
  return processFor(['--config', file]);
}

function processFor(args: readonly string[]): BridgeProcess {
  const one = new BridgeProcess(args);
  processes.push(one);
  return one;
}

async function refused(bridge: BridgeProcess, code = 1): Promise<string> {
  bridge.spawn();
  const death: Death = await bridge.death;
  expect([death.code, bridge.stdout]).toEqual([code, '']);
  expect(bridge.stderr).not.toMatch(/^\s+at /m);
  return bridge.stderr;
}

afterEach(async () => {
  for (const one of processes.splice(0)) if (one.running) await one.kill9();
  for (const one of listeners.splice(0)) await new Promise((resolve) => one.close(resolve));
  for (const system of worlds.splice(0)) await system.close();
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
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', reasons: [], findings: [] }]);
  });

  it('with port 0 takes free ports and says which', async () => {
    const system = await open();
    const bridge = processWith(system, (settings) => {
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
    const system = await open();
    const words = await refused(
      processWith(system, (settings) => {
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
    ['a file that is not there', 1, ['--config', '/nowhere/config.json'], /\/nowhere\/config\.json/],
    ['an unknown option', 2, ['--konfig', 'x'], /konfig[^]*Usage: /],
  ] as const)('with %s ends with %i and says so', async ([, code, args, says]) => {
    expect(await refused(processFor(args), code)).toMatch(says);
  });

  it('with an environment that names no setting ends with 1 and says which', async () => {
    const { bridge } = await open();
    bridge.spawn({ BRIDGE__LISTEN__BEKN__PORT: '1' });
    expect((await bridge.death).code).toBe(1);
    expect(bridge.stderr).toContain('BRIDGE__LISTEN__BEKN__PORT: no setting has this name');
  });

  it('on a port that is taken ends with 1 and names the address', async () => {
    const system = await open();
    const port = Number(new URL(system.addresses.ocpp).port);
    const other = createServer();
    listeners.push(other);
    await new Promise<void>((resolve) => other.listen(port, HOST, resolve));
    expect(await refused(system.bridge)).toMatch(new RegExp(`${HOST}:${port}`));
  });

  it('on the data of another process that runs ends with 1, and the other goes on', async () => {
    const system = await open();
    await system.bridge.start();
    const second = processWith(system, (settings) => {
      settings.listen = {
        beckn: { host: HOST, port: 0, basePath: '/beckn' },
        ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
        operator: { host: HOST, port: 0 },
      };
    });
    expect(await refused(second)).toMatch(/another process|in use|locked/i);
    await ask(system.buyer, 'search', { intent: {} });
  });

  it('on the data of a process that has ended knows everything that it knew', async () => {
    const system = await open();
    await system.bridge.start();
    await system.charger('CP-01');
    const placed = await place(system.buyer, system.choice('CP-01', 'units', 100));
    await ended(system.buyer, placed.orderId);
    const before = await system.operator(`/api/orders/${placed.orderId}`);
    expect((await system.bridge.term()).code).toBe(0);
    await system.bridge.start();
    expect(await system.operator(`/api/orders/${placed.orderId}`)).toMatchObject({ id: before.id, bill: before.bill });
  });
});

describe('SIGTERM', () => {
  it('ends with 0 in time while a session runs and requests come in, and every ACK was meant', async () => {
    const system = await open({ settings: { beckn: { perBapPerMinute: 100_000 } } });
    const { bridge, buyer } = system;
    await bridge.start();
    await system.charger('CP-01');
    const placed = await place(buyer, system.choice('CP-01', 'units', 400));
    await begun(buyer, placed.orderId);
    const order = selectedOrder(system.choice('CP-01', 'units', 300));
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
    const system = await open();
    const { bridge, buyer } = system;
    await bridge.start();
    buyer.delayAnswers(600_000);
    const sent = await insist(buyer, 'search', { intent: {} });
    expect(sent.ack).toBe(true);
    await eventually('it is owed', async () => (await system.operator('/api/outbox')).count === 1);
    const began = performance.now();
    expect((await bridge.term()).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(DRAIN_MS + 2_000);
    buyer.delayAnswers(0);
    await bridge.start();
    await buyer.waitFor((one) => one.messageId === sent.messageId, 20_000);
  });
});
