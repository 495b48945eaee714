import { handlersFrom } from './deliver-event.js';
import type { QuarantineCause } from '../../src/ports/charger-access.js';
import type { ChargerEvent, ChargerEvents, ChargerOutcome, ConnectionInfo } from '../../src/ports/charger-events.js';

export interface FakeIntake extends ChargerEvents {
  readonly events: { id: string; event: ChargerEvent }[];
  readonly life: string[];
  readonly connections: ConnectionInfo[];
  readonly configurations: { [key: string]: string }[];
  readonly acceptedIds: Set<string>;
  readonly chargingIds: Set<string>;
  readonly heldIds: Map<string, 'Pending' | 'Rejected'>;
  readonly quarantines: { readonly id: string; readonly cause: QuarantineCause }[];
  readonly known: Set<string> | undefined;
  /** Overrides what an event is answered with. */
  respond: ((id: string, event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome> | undefined) | undefined;
}

/** A heart that accepts everything, and writes down what it was told. */
export function createFakeIntake(now: () => number, known?: Set<string>): FakeIntake {
  let transactions = 0;
  const fake: FakeIntake = {
    events: [],
    life: [],
    connections: [],
    configurations: [],
    acceptedIds: new Set(),
    chargingIds: new Set(),
    heldIds: new Map(),
    quarantines: [],
    known,
    respond: undefined,
    isKnown: (id) => known?.has(id) ?? true,
    isAccepted: (id) => fake.acceptedIds.has(id),
    bootStatus: (id) => fake.heldIds.get(id),
    chargerConnected: (id, info) => {
      fake.life.push(`+${id} ${info.version} ${info.generation}`);
      fake.connections.push(info);
    },
    chargerDisconnected: (id, generation) => void fake.life.push(`-${id} ${generation}`),
    hasOpenTransaction: (id) => fake.chargingIds.has(id),
    startQuarantine: (id, cause) => void fake.quarantines.push({ id, cause }),
    frameReceived: () => undefined,
    sampleIntervalS: (_id, mostS) => mostS,
    configurationRead: (_id, configuration) => void fake.configurations.push({ ...configuration }),
    messageAccepted: () => undefined,
    handlers: handlersFrom((id, event): ChargerOutcome | Promise<ChargerOutcome> => {
      fake.events.push({ id, event });
      const answer = fake.respond?.(id, event);
      if (answer) return answer;
      switch (event.type) {
        case 'booted':
          fake.acceptedIds.add(id);
          return Promise.resolve({ type: 'booted', status: 'Accepted', intervalS: 300, now: now() });
        case 'heartbeat':
          return { type: 'heartbeat', now: now() };
        case 'authorization-requested':
          return { type: 'authorization-requested', status: 'Accepted' };
        case 'transaction-started':
          transactions += 1;
          return Promise.resolve({
            type: 'transaction-started',
            transactionId: String(transactions),
            status: 'Accepted',
          });
        case 'transaction-stopped':
          return Promise.resolve({ type: 'transaction-stopped' });
        case 'data-transferred':
          return { type: 'data-transferred', status: 'UnknownVendorId' };
        case 'transaction-event':
          return Promise.resolve({
            type: 'transaction-event',
            ...(event.idTag !== undefined && { status: 'Accepted' }),
          });
        case 'connector-statuses-reported':
        case 'variables-reported':
        case 'certificate-requested':
          return { type: 'certificate-requested', status: 'Rejected' };
        case 'connector-status-changed':
        case 'meter-sampled':
        case 'reservation-ended':
        case 'notification-received':
          return { type: 'notification-received' };
      }
    }),
  };
  return fake;
}
