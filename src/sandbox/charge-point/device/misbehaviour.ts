/** Defines how a simulated charge point can misbehave, as data that its normal code consults. */

/** The modes of misbehaviour and their options. */
export interface MisbehaviourOptions {
  /** Accepts remote starts but never starts. */
  'never-starts': Record<string, never>;
  /** Starts only `ms` after accepting a remote start. */
  'starts-late': { ms: number };
  /** Rejects the next `times` remote starts; all of them by default. */
  'rejects-start': { times?: number };
  /** Loses its connection after `afterMs` (by default at once) for `forMs`, but goes on charging. */
  'drops-socket': { afterMs?: number; forMs: number };
  /** Sends each transaction message three times: twice with the same message id, once with another. */
  'repeats-messages': Record<string, never>;
  /** Resets its energy registers to zero after `afterMs`, by default at once. */
  'resets-meter': { afterMs?: number };
  /** Accepts the next `times` remote stops, by default all of them, but goes on charging. */
  'ignores-stop': { times?: number };
  /** Goes half-open: neither reads nor writes, but keeps its TCP connection. Reconnects after `forMs`, if given. */
  'goes-silent': { forMs?: number };
  /** Reports its sessions under the number of the next connector. */
  'wrong-connector': Record<string, never>;
  /** Restarts, which ends its sessions. If they are `lost`, their ends and all queued messages are never sent. */
  reboots: { afterMs?: number; downMs?: number; lost?: boolean };
  /** Goes offline for `forMs`, and meanwhile a driver plugs in and starts a session with a card. */
  'offline-start': { connectorId: number; idTag: string; forMs: number };
}

export type MisbehaviourMode = keyof MisbehaviourOptions;

/** The state of the lasting modes. The other modes happen once, immediately or after a delay. */
export interface Misbehaviour {
  readonly neverStarts: boolean;
  readonly startsLateMs: number;
  /** The number of remote starts still to be rejected. */
  readonly rejectsStart: number;
  readonly repeatsMessages: boolean;
  /** The number of remote stops still to be accepted and ignored. */
  readonly ignoresStop: number;
  readonly wrongConnector: boolean;
}

export const NO_MISBEHAVIOUR: Misbehaviour = {
  neverStarts: false,
  startsLateMs: 0,
  rejectsStart: 0,
  repeatsMessages: false,
  ignoresStop: 0,
  wrongConnector: false,
};

/** Adds a lasting mode to the current ones. One-off modes change nothing here. */
export function withMisbehaviour(
  current: Misbehaviour,
  mode: MisbehaviourMode,
  options: Partial<Record<string, unknown>>,
): Misbehaviour {
  const numberOption = (name: string, fallback: number): number => {
    const value = options[name];
    return typeof value === 'number' ? value : fallback;
  };
  switch (mode) {
    case 'never-starts':
      return { ...current, neverStarts: true };
    case 'starts-late':
      return { ...current, startsLateMs: numberOption('ms', 0) };
    case 'rejects-start':
      return { ...current, rejectsStart: numberOption('times', Infinity) };
    case 'ignores-stop':
      return { ...current, ignoresStop: numberOption('times', Infinity) };
    case 'repeats-messages':
      return { ...current, repeatsMessages: true };
    case 'wrong-connector':
      return { ...current, wrongConnector: true };
    default:
      return current;
  }
}
