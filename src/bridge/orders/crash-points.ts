/**
 * Named points at which a test may kill the process; the bridge must survive a crash at each of them.
 * A point that is not armed costs one comparison.
 */
export const CRASH_POINTS = [
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
  'timer.fired',
  'restart.loaded',
  'restart.resumed',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

let onCrashPoint: ((point: CrashPoint) => void) | undefined;

/** Marks a crash point in the code. */
export function passCrashPoint(point: CrashPoint): void {
  if (onCrashPoint) onCrashPoint(point);
}

/** Arms the points, for tests and the fault run of `main`; `undefined` disarms them. */
export function armCrashPoint(listener: ((point: CrashPoint) => void) | undefined): void {
  onCrashPoint = listener;
}
