/** Keeps the list of rejected connections across restarts. */
import { report } from '../../observe/report.js';
import type { Json } from '../../domain/model/object.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { isPayload } from '../frames/payload.js';
import type { RejectedConnections, RejectionRecord } from './rejected-connections.js';
import { isRejectionCode } from './rejection-reasons.js';

export interface RejectionStorageDeps {
  readonly rejectedConnections: RejectedConnections;
  readonly values: Pick<ValueStore, 'putValue' | 'value'>;
  readonly clock: Pick<Clock, 'callLater'>;
  readonly events: Events;
}

const VALUE = 'rejected-connections';
/** The minimum time between writes of the list, ms. It is needed because strangers decide how often it changes. */
const WRITE_INTERVAL_MS = 10_000;

export class RejectionStorage {
  readonly #deps: RejectionStorageDeps;
  #cancelWrite: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: RejectionStorageDeps) {
    this.#deps = deps;
  }

  /** Restores the stored list, and saves changes from now on. @errors StoreFault */
  async start(): Promise<void> {
    const { rejectedConnections, values } = this.#deps;
    const stored = await values.value(VALUE);
    rejectedConnections.restore(Array.isArray(stored) ? stored.flatMap((one) => parseRecord(one) ?? []) : []);
    rejectedConnections.onChange(() => this.#writeLater());
  }

  /** Saves pending changes. Never rejects. */
  async stop(): Promise<void> {
    this.#deps.rejectedConnections.onChange(() => undefined);
    if (this.#cancelWrite) {
      this.#cancelWrite();
      this.#write();
    }
    await this.#writing;
  }

  #writeLater(): void {
    this.#cancelWrite ??= this.#deps.clock.callLater(WRITE_INTERVAL_MS, () => this.#write());
  }

  #write(): void {
    this.#cancelWrite = undefined;
    const { rejectedConnections, values, events } = this.#deps;
    const records: Json[] = rejectedConnections
      .records()
      .map((record) => ({ ...record, subprotocols: [...record.subprotocols] }));
    this.#writing = this.#writing
      .then(() => values.putValue(VALUE, records))
      .catch((error: unknown) => report(events, 'rejected connections', error));
  }
}

/**
 * Reads a stored record.
 * @errors `undefined` if it is unreadable, for example because its code is from a later version.
 */
function parseRecord(value: Json): RejectionRecord | undefined {
  if (!isPayload(value)) return undefined;
  const { id, identityFrom, network, path, tls, subprotocols, code, firstAt, lastAt, count } = value;
  if (typeof network !== 'string' || !isRejectionCode(code) || !Array.isArray(subprotocols)) return undefined;
  if (typeof firstAt !== 'number' || typeof lastAt !== 'number' || typeof count !== 'number') return undefined;
  return {
    ...(typeof id === 'string' && { id }),
    ...((identityFrom === 'path' || identityFrom === 'last-segment' || identityFrom === 'basic-user') && {
      identityFrom,
    }),
    ...(typeof path === 'string' && { path }),
    ...{ network, code, firstAt, lastAt, count, tls: tls === true },
    subprotocols: subprotocols.filter((name): name is string => typeof name === 'string'),
  };
}
