import { deliverEvent, handlersFrom } from './deliver-event.js';
import type { QuarantineCause } from '../../src/ports/charger-access.js';
import type { ChargerEvent, ChargerEvents, ChargerOutcome, ConnectionInfo } from '../../src/ports/charger-events.js';

export interface FakeChargerEvents extends ChargerEvents {
  readonly events: { id: string; event: ChargerEvent }[];
  readonly connectionLog: string[];
  readonly connections: ConnectionInfo[];
  readonly configurations: { [key: string]: string }[];
  readonly acceptedIds: Set<string>;
  readonly chargingIds: Set<string>;
  readonly bootStatuses: Map<string, 'Pending' | 'Rejected'>;
  readonly quarantines: { readonly id: string; readonly cause: QuarantineCause }[];
  readonly known: Set<string> | undefined;
  /** Overrides the outcome of an event. */
  respond: ((id: string, event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome> | undefined) | undefined;
}

/**
 * Creates an application that records every event. It accepts all of them except data transfers and certificate
 * requests.
 */
export function createFakeChargerEvents(now: () => number, known?: Set<string>): FakeChargerEvents {
  let transactions = 0;
  const acknowledge = () => ({ type: 'notification-received' }) as const;
  const usual: ChargerEvents['handlers'] = {
    booted: (id) => {
      fake.acceptedIds.add(id);
      return Promise.resolve({ type: 'booted', status: 'Accepted', intervalS: 300, now: now() });
    },
    heartbeat: () => ({ type: 'heartbeat', now: now() }),
    'authorization-requested': () => ({ type: 'authorization-requested', status: 'Accepted' }),
    'transaction-started': () => {
      transactions += 1;
      const transactionId = String(transactions);
      return Promise.resolve({ type: 'transaction-started', transactionId, status: 'Accepted' });
    },
    'transaction-stopped': () => Promise.resolve({ type: 'transaction-stopped' }),
    'transaction-event': (_id, { idTag }) =>
      Promise.resolve({ type: 'transaction-event', ...(idTag !== undefined && { status: 'Accepted' }) }),
    'data-transferred': () => ({ type: 'data-transferred', status: 'UnknownVendorId' }),
    'certificate-requested': () => ({ type: 'certificate-requested', status: 'Rejected' }),
    'connector-status-changed': acknowledge,
    'connector-statuses-reported': acknowledge,
    'variables-reported': acknowledge,
    'meter-sampled': acknowledge,
    'reservation-ended': acknowledge,
    'notification-received': acknowledge,
  };
  const fake: FakeChargerEvents = {
    events: [],
    connectionLog: [],
    connections: [],
    configurations: [],
    acceptedIds: new Set(),
    chargingIds: new Set(),
    bootStatuses: new Map(),
    quarantines: [],
    known,
    respond: undefined,
    isKnown: (id) => known?.has(id) ?? true,
    isAccepted: (id) => fake.acceptedIds.has(id),
    bootStatus: (id) => fake.bootStatuses.get(id),
    chargerConnected: (id, info) => {
      fake.connectionLog.push(`+${id} ${info.version} ${info.generation}`);
      fake.connections.push(info);
    },
    chargerDisconnected: (id, generation) => void fake.connectionLog.push(`-${id} ${generation}`),
    hasOpenTransaction: (id) => fake.chargingIds.has(id),
    startQuarantine: (id, cause) => void fake.quarantines.push({ id, cause }),
    frameReceived: () => undefined,
    sampleIntervalS: (_id, mostS) => mostS,
    configurationRead: (_id, configuration) => void fake.configurations.push({ ...configuration }),
    messageAccepted: () => undefined,
    handlers: handlersFrom((id, event) => {
      fake.events.push({ id, event });
      return (
        fake.respond?.(id, event) ?? deliverEvent({ handlers: usual, messageAccepted: () => undefined }, id, event)
      );
    }),
  };
  return fake;
}
