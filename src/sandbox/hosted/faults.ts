/** Defines the faults that charge points can show on request, and injects them. */
import type { SimulatedChargePoint } from '../charge-point.js';
import type { ChargePointState } from '../charge-point/charge-point-options.js';

interface Fault {
  /** What happens, as a sentence without a subject. */
  readonly effect: string;
  /** Applied once, when the charge point is created. */
  readonly lasting?: (chargePoint: SimulatedChargePoint) => void;
  /** Applied to each session, at its start. */
  readonly inSession?: (chargePoint: SimulatedChargePoint) => void;
}

/** Long enough for the buyer app to have seen the session begin. */
const AFTER_START_MS = 30_000;
const OUTAGE_MS = 60_000;
const LATE_MS = 60_000;

export const FAULTS = {
  'never-starts': {
    effect: 'accepts the start and never charges',
    lasting: (chargePoint) => chargePoint.misbehave('never-starts'),
  },
  'starts-late': {
    effect: 'begins a minute after the start was accepted',
    lasting: (chargePoint) => chargePoint.misbehave('starts-late', { ms: LATE_MS }),
  },
  'rejects-start': {
    effect: 'rejects every start',
    lasting: (chargePoint) => chargePoint.misbehave('rejects-start'),
  },
  'ignores-stop': {
    effect: 'accepts the stop and goes on charging',
    lasting: (chargePoint) => chargePoint.misbehave('ignores-stop'),
  },
  'wrong-connector': {
    effect: 'reports sessions at a connector that it does not have',
    lasting: (chargePoint) => chargePoint.misbehave('wrong-connector'),
  },
  'repeats-messages': {
    effect: 'sends each transaction message three times',
    lasting: (chargePoint) => chargePoint.misbehave('repeats-messages'),
  },
  'out-of-service': {
    effect: 'reports its connector as Faulted',
    lasting: (chargePoint) => chargePoint.setStatus(1, 'Faulted'),
  },
  'meter-reset': {
    effect: 'sets its energy register to zero within a session',
    inSession: (chargePoint) => chargePoint.misbehave('resets-meter', { afterMs: AFTER_START_MS }),
  },
  'drops-connection': {
    effect: 'is offline for a minute within a session',
    inSession: (chargePoint) => chargePoint.misbehave('drops-socket', { afterMs: AFTER_START_MS, forMs: OUTAGE_MS }),
  },
  'goes-silent': {
    effect: 'says nothing for a minute, though connected',
    inSession: (chargePoint) => chargePoint.misbehave('goes-silent', { forMs: OUTAGE_MS }),
  },
  'loses-session': {
    effect: 'restarts within a session and never reports its end',
    inSession: (chargePoint) => chargePoint.misbehave('reboots', { afterMs: AFTER_START_MS, lost: true }),
  },
} as const satisfies { readonly [name: string]: Fault };

export type FaultName = keyof typeof FAULTS;

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/**
 * Makes charge points show faults. Call `stateChanged` at every change of state, so that faults within a session can
 * begin.
 */
export class FaultInjection {
  readonly #faults: readonly Fault[];
  readonly #charging = new Set<string>();

  constructor(names: readonly FaultName[]) {
    this.#faults = names.map((name) => FAULTS[name]);
  }

  /** Begins the lasting faults. */
  begin(chargePoint: SimulatedChargePoint): void {
    for (const { lasting } of this.#faults) lasting?.(chargePoint);
  }

  /** Begins the faults of a session, if one has just started. */
  stateChanged(chargePoint: SimulatedChargePoint, { connectors }: ChargePointState): void {
    const { id } = chargePoint;
    const isCharging = connectors.some(({ transaction }) => transaction !== undefined);
    if (!isCharging) return void this.#charging.delete(id);
    if (this.#charging.has(id)) return;
    this.#charging.add(id);
    for (const { inSession } of this.#faults) inSession?.(chargePoint);
  }
}
