/**
 * Named moments at which a test may kill the process. Inert unless armed: one comparison.
 * The names are the list of moments that a crash must survive.
 */
export const CHAOS_POINTS = [
  'request.received',
  'request.decided',
  'request.saved',
  'order.decided',
  'order.saved',
  'order.effects',
  'start.marking',
  'start.marked',
  'start.sent',
  'start.answered',
  'stop.sending',
  'stop.sent',
  'stop.answered',
  'callback.sending',
  'callback.sent',
  'callback.settling',
  'callback.settled',
  'payment.sending',
  'payment.sent',
  'payment.settled',
  'boot.saved',
  'status.saved',
  'transaction.numbered',
  'transaction.saved',
  'transaction.ended',
  'meter.decided',
  'meter.saved',
  'wake.fired',
  'restart.loaded',
  'restart.resumed',
] as const;

export type ChaosPoint = (typeof CHAOS_POINTS)[number];

let armed: ((point: ChaosPoint) => void) | undefined;

/** Called on the way through a named moment. */
export function chaosPoint(point: ChaosPoint): void {
  if (armed) armed(point);
}

/** Arms the points; for tests and the fault run of `main`. `undefined` disarms. */
export function armChaos(hit: ((point: ChaosPoint) => void) | undefined): void {
  armed = hit;
}
