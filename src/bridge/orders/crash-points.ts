/**
 * Names the points at which a test may kill the process; the bridge must survive a crash at each of them. Without a
 * listener, a point costs one comparison.
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

/** Reports to the listener, if any, that execution has reached a crash point. */
export function passCrashPoint(point: CrashPoint): void {
  if (onCrashPoint) onCrashPoint(point);
}

/** Sets the listener that is called at each crash point, for fault tests; `undefined` removes it. */
export function armCrashPoint(listener: ((point: CrashPoint) => void) | undefined): void {
  onCrashPoint = listener;
}
