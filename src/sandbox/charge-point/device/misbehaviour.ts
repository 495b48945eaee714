/** The ways in which a simulated charge point can misbehave, as data that its normal code consults. */

/** The options of each mode. */
export interface MisbehaviourOptions {
  /** Accepts remote starts and does nothing more. */
  'never-starts': Record<string, never>;
  /** Starts `ms` after the remote start was accepted. */
  'starts-late': { ms: number };
  /** Rejects the next `times` remote starts; all of them when absent. */
  'rejects-start': { times?: number };
  /** Loses its socket after `afterMs` and stays away for `forMs`. It goes on charging. */
  'drops-socket': { afterMs?: number; forMs: number };
  /** Sends each transaction message three times: twice with one message id, once with another. */
  'repeats-messages': Record<string, never>;
  /** The energy register falls to zero. */
  'resets-meter': { afterMs?: number };
  /** Accepts the next `times` remote stops and goes on charging; all of them when absent. */
  'ignores-stop': { times?: number };
  /** Half-open: reads and writes nothing, but keeps its TCP connection. */
  'goes-silent': { forMs?: number };
  /** Reports its sessions under the next connector number. */
  'wrong-connector': Record<string, never>;
  /** Loses power, which ends its sessions. With `lost` they are never reported. */
  reboots: { afterMs?: number; downMs?: number; lost?: boolean };
  /** Goes offline, and a local session starts meanwhile. */
  'offline-start': { connectorId: number; idTag: string; forMs: number };
}

export type MisbehaviourMode = keyof MisbehaviourOptions;

/** The lasting modes. The others happen once, at once or after a delay. */
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

/** Adds a mode. Modes that happen once leave the result unchanged. */
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
