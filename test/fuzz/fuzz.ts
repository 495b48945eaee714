/** Chargers that send anything at all, against the whole product behind a real listener. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApp } from '../../src/app/app.js';
import type { EventName } from '../../src/ports/events.js';
import { loadConfig } from '../../src/config/loading/load-config.js';
import { readNetwork } from '../../src/config/network-file/load-network.js';
import { OCPP_VERSIONS } from '../../src/ocpp/ocpp-versions.js';
import { networkOf } from '../e2e/world.js';
import { Chance } from '../simulation/chance.js';
import { FuzzCharger, type Way } from './fuzz-charger.js';
import { createShots } from './frames.js';

export interface FuzzReport {
  readonly frames: number;
  readonly answered: number;
  /** Everything that must not be; empty when well. */
  readonly complaints: readonly string[];
  /** Milliseconds of the event loop, which the chargers share with the product. */
  readonly delayP999Ms: number;
}

const HOST = '127.0.0.1';

/** @param size Payloads per message and kind; more is slower to begin with and richer. */
export async function fuzz(frames: number, seed: number, size = 12): Promise<FuzzReport> {
  const ways: readonly (Way & { readonly id: string })[] = [
    ...OCPP_VERSIONS.flatMap(({ name, subprotocol }) => [
      { id: `CP-${name}`, version: name, protocols: [subprotocol], dialect: 'ocpp-j' as const, strict: false },
      { id: `CP-${name}-strict`, version: name, protocols: [subprotocol], dialect: 'ocpp-j' as const, strict: true },
    ]),
    { id: 'CP-auto', version: '1.6', protocols: ['ocpp1.6'], dialect: 'auto', strict: false },
    { id: 'CP-envelope', version: '1.6', protocols: [], dialect: 'envelope', strict: false },
  ];
  const complaints: string[] = [];
  const rejected = (reason: unknown): void => void complaints.push(`unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', rejected);
  const folder = mkdtempSync(join(tmpdir(), 'bridge-fuzz-'));
  const app = await product(folder, ways, complaints);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  try {
    const { ocpp } = await app.start();
    const chargers = ways.map((way) => {
      const chance = new Chance(seed, way.id);
      return new FuzzCharger(`${ocpp}/${way.id}`, way, createShots(way.version, chance, size), chance, complaints);
    });
    await Promise.all(chargers.map((one) => one.open()));
    const share = Math.ceil(frames / chargers.length);
    // The first message of each kind loads its modules: that is not what is measured.
    const first = Math.ceil(share / 10);
    await Promise.all(chargers.map((one) => one.shoot(first)));
    delay.enable();
    await Promise.all(chargers.map((one) => one.shoot(share - first)));
    delay.disable();
    await Promise.all(chargers.map((one) => one.close()));
    return {
      frames: share * chargers.length,
      answered: chargers.reduce((sum, one) => sum + one.answered, 0),
      complaints,
      delayP999Ms: delay.percentile(99.9) / 1e6,
    };
  } finally {
    await app.stop();
    process.off('unhandledRejection', rejected);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the product says of itself only when something is wrong with it. */
const ALARMS: ReadonlySet<EventName> = new Set(['bug', 'store.failed']);

async function product(
  folder: string,
  ways: readonly (Way & { readonly id: string })[],
  complaints: string[],
): ReturnType<typeof createApp> {
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'registry.json'), '[]');
  const point = ({ id, dialect, strict }: Way & { readonly id: string }): [string, object] => [
    id,
    { profile: 0, dialect, strict },
  ];
  const loaded = loadConfig(
    {
      mode: 'sandbox',
      dataDir: join(folder, 'data'),
      networkFile: join(folder, 'network.json'),
      subscriber: { id: 'bpp.fuzz.example', uri: 'http://127.0.0.1/beckn', keyId: 'k', generate: true },
      listen: {
        beckn: { host: HOST, port: 0 },
        ocpp: { host: HOST, port: 0 },
        operator: { host: HOST, port: 0 },
      },
      registry: { kind: 'file', file: join(folder, 'registry.json') },
      ocpp: { chargePoints: Object.fromEntries(ways.map(point)) },
      log: { level: 'silent' },
    },
    {},
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const sold = readNetwork(networkOf(ways.map(({ id }) => id)));
  if ('problems' in sold) throw new Error(sold.problems.join('\n'));
  const events = {
    emit(name: EventName, detail: { readonly [key: string]: unknown } = {}): void {
      if (ALARMS.has(name)) complaints.push(`${name}: ${JSON.stringify(detail)}`);
    },
  };
  return createApp(loaded.config, loaded.secrets, sold.network, { events });
}
