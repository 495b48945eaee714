/** Tracks the figures of a running session from the charge point's messages. */
import type { WireMessage } from './message-log.js';
import type { SessionFigures } from './progress-display.js';
import { readSessionMessage } from './session-messages.js';

export interface SessionTrackerOptions {
  readonly chargePointId: string;
  /** Minor units. */
  readonly pricePerKwh: number;
  /** The charging cost at which the bridge ends the session, minor units. */
  readonly authorisedCost: number;
}

export class SessionTracker {
  readonly #options: SessionTrackerOptions;
  #start: { readonly at: number; readonly registerWh: number } | undefined;

  constructor(options: SessionTrackerOptions) {
    this.#options = options;
  }

  /**
   * @returns The session's figures after this message; `undefined` unless it updates the register after the start.
   */
  update(message: WireMessage): SessionFigures | undefined {
    const { chargePointId, pricePerKwh, authorisedCost } = this.#options;
    if (message.wire !== 'ocpp' || message.from !== chargePointId) return undefined;
    const sessionMessage = readSessionMessage(message);
    if (!sessionMessage) return undefined;
    const { phase, registerWh, powerW = 0, socPercent } = sessionMessage;
    if (phase === 'started') this.#start = { at: message.at, registerWh: registerWh ?? 0 };
    if (phase !== 'updated' || !this.#start || registerWh === undefined) return undefined;
    const energyWh = registerWh - this.#start.registerWh;
    const cost = Math.min(authorisedCost, Math.round((energyWh * pricePerKwh) / 1_000));
    return {
      elapsedMs: message.at - this.#start.at,
      energyWh,
      powerW,
      socPercent,
      cost,
      share: authorisedCost > 0 ? Math.min(1, cost / authorisedCost) : 0,
    };
  }
}
