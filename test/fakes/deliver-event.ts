import type { ChargerEvent, ChargerEvents, ChargerOutcome } from '../../src/ports/charger-events.js';

type Handler = (chargePointId: string, event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome>;

/** Hands an event to its handler, as the socket edge does after it has accepted the message. */
export function deliverEvent(
  chargerEvents: Pick<ChargerEvents, 'handlers' | 'messageAccepted'>,
  chargePointId: string,
  event: ChargerEvent,
): ChargerOutcome | Promise<ChargerOutcome> {
  if (event.type !== 'booted') chargerEvents.messageAccepted(chargePointId);
  return (chargerEvents.handlers[event.type] as Handler)(chargePointId, event);
}

/** Creates a table of handlers that passes every event type to one function. */
export function handlersFrom(handle: Handler): ChargerEvents['handlers'] {
  const types: { readonly [T in ChargerEvent['type']]: true } = {
    booted: true,
    heartbeat: true,
    'authorization-requested': true,
    'connector-status-changed': true,
    'connector-statuses-reported': true,
    'transaction-event': true,
    'variables-reported': true,
    'transaction-started': true,
    'meter-sampled': true,
    'transaction-stopped': true,
    'data-transferred': true,
    'certificate-requested': true,
    'reservation-ended': true,
    'notification-received': true,
  };
  const handlers = Object.keys(types).map((type) => [type, handle] as const);
  return Object.fromEntries(handlers) as unknown as ChargerEvents['handlers'];
}
