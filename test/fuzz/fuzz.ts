/** Chargers that send arbitrary frames to the whole product through a real listener. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApp } from '../../src/app/app.js';
import type { EventName } from '../../src/ports/events.js';
import { loadConfig } from '../../src/config/loading/load-config.js';
import { readNetwork } from '../../src/config/network-file/load-network.js';
import { OCPP_VERSIONS } from '../../src/ocpp/ocpp-versions.js';
import { networkOf } from '../e2e/test-system.js';
import { SeededRandom } from '../simulation/runtime/seeded-random.js';
import { FuzzCharger, type ConnectionMode } from './fuzz-charger.js';
import { createFrames } from './frames.js';

export interface FuzzReport {
  readonly frames: number;
  readonly answered: number;
  /** All problems found; empty after a good run. */
  readonly problems: readonly string[];
  /** The 99.9th percentile of the event loop delay, ms. The chargers share the loop with the product. */
  readonly delayP999Ms: number;
}

const HOST = '127.0.0.1';

/**
 * @param size The number of payloads per message and kind. A higher number covers more cases and takes longer to
 * prepare.
 */
export async function fuzz(frames: number, seed: number, size = 12): Promise<FuzzReport> {
  const modes: readonly (ConnectionMode & { readonly id: string })[] = [
    ...OCPP_VERSIONS.flatMap(({ name, subprotocol }) => [
      { id: `CP-${name}`, version: name, protocols: [subprotocol], dialect: 'ocpp-j' as const, strict: false },
      { id: `CP-${name}-strict`, version: name, protocols: [subprotocol], dialect: 'ocpp-j' as const, strict: true },
    ]),
    { id: 'CP-auto', version: '1.6', protocols: ['ocpp1.6'], dialect: 'auto', strict: false },
    { id: 'CP-envelope', version: '1.6', protocols: [], dialect: 'envelope', strict: false },
  ];
  const problems: string[] = [];
  const rejected = (reason: unknown): void => void problems.push(`unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', rejected);
  const folder = mkdtempSync(join(tmpdir(), 'bridge-fuzz-'));
  const app = await createProduct(folder, modes, problems);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  try {
    const { ocpp } = await app.start();
    const chargers = modes.map((mode) => {
      const random = new SeededRandom(seed, mode.id);
      return new FuzzCharger(`${ocpp}/${mode.id}`, mode, createFrames(mode.version, random, size), random, problems);
    });
    await Promise.all(chargers.map((one) => one.open()));
    const share = Math.ceil(frames / chargers.length);
    // The first message of each kind loads its modules, which is not part of the measurement.
    const first = Math.ceil(share / 10);
    await Promise.all(chargers.map((one) => one.sendFrames(first)));
    delay.enable();
    await Promise.all(chargers.map((one) => one.sendFrames(share - first)));
    delay.disable();
    await Promise.all(chargers.map((one) => one.close()));
    return {
      frames: share * chargers.length,
      answered: chargers.reduce((sum, one) => sum + one.answered, 0),
      problems,
      delayP999Ms: delay.percentile(99.9) / 1e6,
    };
  } finally {
    await app.stop();
    process.off('unhandledRejection', rejected);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Events that the product emits only after a failure of its own. */
const ERROR_EVENTS: ReadonlySet<EventName> = new Set(['bug', 'store.failed']);

async function createProduct(
  folder: string,
  modes: readonly (ConnectionMode & { readonly id: string })[],
  problems: string[],
): ReturnType<typeof createApp> {
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'registry.json'), '[]');
  const point = ({ id, dialect, strict }: ConnectionMode & { readonly id: string }): [string, object] => [
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
      beckn: { holdsPerBuyer: 0, startsPerConnector: 0 },
      ocpp: { chargePoints: Object.fromEntries(modes.map(point)), unreadableFramesPerMinute: 0 },
      log: { level: 'silent' },
    },
    {},
  );
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const network = readNetwork(networkOf(modes.map(({ id }) => id)));
  if ('problems' in network) throw new Error(network.problems.join('\n'));
  const events = {
    emit(name: EventName, detail: { readonly [key: string]: unknown } = {}): void {
      if (ERROR_EVENTS.has(name)) problems.push(`${name}: ${JSON.stringify(detail)}`);
    },
  };
  return createApp(loaded.config, loaded.secrets, network, { events });
}
