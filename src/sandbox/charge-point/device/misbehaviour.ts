/** The ways in which a simulated charge point can be bad, as data: switches that its good code consults. */

/** What each mode can be told. */
export interface MisbehaviourOptions {
  /** Accepts a remote start and does nothing more. */
  'never-starts': Record<string, never>;
  /** Begins `ms` after the remote start was accepted. */
  'starts-late': { ms: number };
  /** Rejects remote starts. */
  'rejects-start': { times?: number };
  /** Loses its socket after `afterMs` and stays away for `forMs`; it goes on charging. */
  'drops-socket': { afterMs?: number; forMs: number };
  /** Each transaction message goes out three times: again with its id, and again with a new one. */
  'repeats-messages': Record<string, never>;
  /** The energy register falls to zero. */
  'resets-meter': { afterMs?: number };
  /** Accepts remote stops and goes on. */
  'ignores-stop': { times?: number };
  /** Half-open: reads nothing, writes nothing, keeps its TCP connection. */
  'goes-silent': { forMs?: number };
  /** Reports the session at the next connector number. */
  'wrong-connector': Record<string, never>;
  /** Loses power: sessions end; `lost` ones are never reported. */
  reboots: { afterMs?: number; downMs?: number; lost?: boolean };
  /** Goes offline, and a local session begins there. */
  'offline-start': { connectorId: number; idTag: string; forMs: number };
}

export type MisbehaviourMode = keyof MisbehaviourOptions;

/** The lasting switches. Momentary ones are acted on at once. */
export interface Misbehaviour {
  readonly neverStarts: boolean;
  readonly startsLateMs: number;
  /** How many more remote starts are rejected. */
  readonly rejectsStart: number;
  readonly repeatsMessages: boolean;
  /** How many more remote stops are accepted and ignored. */
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

/** The switches after one mode was asked for. */
export function withMisbehaviour(
  faults: Misbehaviour,
  mode: MisbehaviourMode,
  options: Partial<Record<string, unknown>>,
): Misbehaviour {
  const count = (key: string, otherwise: number): number => {
    const value = options[key];
    return typeof value === 'number' ? value : otherwise;
  };
  switch (mode) {
    case 'never-starts':
      return { ...faults, neverStarts: true };
    case 'starts-late':
      return { ...faults, startsLateMs: count('ms', 0) };
    case 'rejects-start':
      return { ...faults, rejectsStart: count('times', Infinity) };
    case 'ignores-stop':
      return { ...faults, ignoresStop: count('times', Infinity) };
    case 'repeats-messages':
      return { ...faults, repeatsMessages: true };
    case 'wrong-connector':
      return { ...faults, wrongConnector: true };
    default:
      return faults;
  }
}
