/** Where business events go: one function per event, feeding log and metrics from one call site. Ids never become metric labels. */

/** A named fact and its details. Never a secret, a name, a phone number, or a body. */
export interface Events {
  emit(name: EventName, detail?: { readonly [key: string]: unknown }): void;
}

export type EventName =
  | 'order.changed'
  | 'order.refused'
  | 'order.terminal'
  | 'start.sent'
  | 'start.answered'
  | 'stop.sent'
  | 'stop.answered'
  | 'plan.answered'
  | 'reserve.answered'
  | 'callback.delivered'
  | 'callback.failed'
  | 'callback.refused'
  | 'callback.given-up'
  | 'callback.invalid'
  | 'request.accepted'
  | 'request.repeated'
  | 'request.refused'
  | 'door.rejected'
  | 'registry.failed'
  | 'registry.stale'
  | 'charger.connected'
  | 'charger.disconnected'
  | 'charger.replaced'
  | 'charger.refused'
  | 'charger.booted'
  | 'charger.frame-dropped'
  | 'charger.call-error'
  | 'charger.late-answer'
  | 'row.opened'
  | 'row.closed'
  | 'store.failed'
  | 'bug';
