/** Callback targets that the settings open are warned of at each start, and counted for as long as they are open. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app/app.js';
import { loadConfig, type Loaded } from '../../../src/config/loading/load-config.js';
import { EVENTS } from '../../../src/observe/event-table.js';
import { createEventLog, type EventLog } from '../../fakes/event-log.js';

const HOST = '127.0.0.1';
const TARGETS = [
  { host: HOST, port: 5001, scheme: 'http', subscriber: 'bap1.example' },
  { host: '10.0.0.7', port: 443, scheme: 'https', subscriber: 'bap2.example' },
] as const;

let folder: string;
let app: App | undefined;
let events: EventLog;
let allow: readonly object[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callback-targets-'));
  writeFileSync(join(folder, 'registry.json'), '[]');
  events = createEventLog();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true });
});

function load(): Exclude<Loaded, { problems: unknown }> {
  const loaded = loadConfig(
    {
      mode: 'sandbox',
      dataDir: join(folder, 'data'),
      store: { path: ':memory:' },
      subscriber: { id: 'bpp.example', uri: 'http://127.0.0.1/beckn', keyId: 'k', generate: true },
      listen: {
        beckn: { host: HOST, port: 0 },
        ocpp: { host: HOST, port: 0 },
        operator: { host: HOST, port: 0 },
      },
      registry: { kind: 'file', file: join(folder, 'registry.json') },
      callbacks: { allow },
      log: { level: 'silent' },
      drainMs: 100,
    },
    {},
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded;
}

/** Starts the product, and returns a function that reads the gauge from a scrape. */
async function start(): Promise<() => Promise<number>> {
  const { config, secrets } = load();
  app = await createApp(config, secrets, undefined, { events, loadConfig: load });
  const { operator } = await app.start();
  const headers = { authorization: `Bearer ${app.operatorToken}` };
  return async () => {
    const text = await (await fetch(`${operator}/metrics`, { headers })).text();
    return Number(/^bridge_callback_targets_open (\d+)$/m.exec(text)?.[1] ?? 'absent');
  };
}

it('each target gets a warning, and the gauge has their number', async () => {
  allow = TARGETS;
  const openTargets = await start();
  expect(events.of('callback.target-opened')).toEqual(TARGETS);
  expect(EVENTS['callback.target-opened'].level).toBe('warn');
  expect(await openTargets()).toBe(2);
});

it('a reload changes the gauge', async () => {
  allow = TARGETS;
  const openTargets = await start();
  allow = TARGETS.slice(1);
  expect(await app?.reload('test')).not.toHaveProperty('problems');
  expect(await openTargets()).toBe(1);
});

it('without such targets there is no warning, and the gauge is 0', async () => {
  allow = [];
  const openTargets = await start();
  expect(events.of('callback.target-opened')).toEqual([]);
  expect(await openTargets()).toBe(0);
});
