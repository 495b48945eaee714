/** A trial on a running bridge: a whole order that never appears in settlements, in the catalogue or at a buyer app. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { Json } from '../../src/sandbox/runtime/json.js';
import { createTerminal } from '../../src/sandbox/runtime/terminal.js';
import { openTrial } from '../../src/sandbox/trial/trial-api.js';
import { playTrial } from '../../src/sandbox/trial/trial.js';
import { ask } from './shopper.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

let system: TestSystem | undefined;
afterEach(() => system?.close());
afterAll(() => nothingLeft());

async function start(): Promise<{ readonly system: TestSystem; readonly bridge: { url: string; token: string } }> {
  system = await startTestSystem({ chargePoints: ['CP-REAL', 'CP-AWAY'] });
  await system.bridge.start();
  const token = readFileSync(join(system.dataDir, 'operator-token'), 'utf8').trim();
  return { system, bridge: { url: system.addresses.operator, token } };
}

async function play(bridge: { url: string; token: string }, connector: string, simulate = false) {
  let text = '';
  const wires = new Set<string>();
  const passed = await playTrial({
    bridge,
    connector,
    simulate,
    terminal: createTerminal({ write: (more) => (text += more) }, {}),
    onMessage: ({ wire }) => void wires.add(wire),
    interrupted: new Promise(() => undefined),
    sessionS: 15,
  });
  return { passed, text, wires };
}

it('a simulated charge point plays a connector that is away, and nothing of it is sold, listed or settled', async () => {
  const { system: running, bridge } = await start();
  await running.charger('CP-REAL');
  const { passed, text, wires } = await play(bridge, 'CP-AWAY/1');
  expect(text).toContain('checks passed');
  expect(passed).toBe(true);
  expect([...wires].sort()).toEqual(['beckn', 'ocpp']);

  const { orders } = (await running.operator('/api/orders')) as { orders: Json[] };
  expect(orders).toEqual([expect.objectContaining({ trial: true, network: 'trial', state: 'completed' })]);
  expect((await running.operator('/api/ledger'))['entries']).toEqual([]);
  const listed = JSON.stringify((await running.operator('/api/networks'))['networks']);
  expect(listed).not.toContain('trial');
  const found = JSON.stringify((await ask(running.buyer, 'search', { intent: {} })).message);
  expect(found).toContain('CP-REAL');
  expect(found).not.toContain('trial-');
  const { chargePoints } = (await running.operator('/api/charge-points')) as { chargePoints: { id: string }[] };
  expect(chargePoints.map(({ id }) => id)).toEqual(['CP-AWAY', 'CP-REAL']);
});

it('the real charge point of the connector is left alone while a simulated one plays it', async () => {
  const { system: running, bridge } = await start();
  const frames: string[] = [];
  await running.charger('CP-REAL', { onFrame: (_direction, frame) => void frames.push(JSON.stringify(frame)) });
  const before = frames.length;
  const { passed } = await play(bridge, 'CP-REAL/1', true);
  expect(passed).toBe(true);
  expect(frames.slice(before).filter((frame) => /RemoteStart|RemoteStop/.test(frame))).toEqual([]);
});

it('an unknown connector is named, and a stranger gets nothing at the path of trials', async () => {
  const { system: running, bridge } = await start();
  await expect(play(bridge, 'CP-NONE/1')).rejects.toThrow('There is no connector CP-NONE/1 in the network.');
  const application = { connector: 'CP-AWAY/1', simulate: true, subscriberId: 'x.example', keyId: 'k' };
  const address = { publicKey: 'AAAA', bapUri: 'http://127.0.0.1:9/bap' };
  await expect(openTrial(bridge, { ...application, ...address })).rejects.toThrow('publicKey');
  const answer = await fetch(`${running.addresses.beckn}-trial/search`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
});
