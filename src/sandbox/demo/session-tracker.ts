/** The running session in numbers, from the charger's own frames. */
import type { SessionFigures } from './progress-display.js';
import { readSessionMessage } from './session-messages.js';
import type { WireMessage } from './message-log.js';

export interface SessionTracker {
  /** @returns The session after this message, when it said something about it. */
  update(message: WireMessage): SessionFigures | undefined;
}

/**
 * @param pricePerKwh    Minor units.
 * @param authorisedCost Minor units of charging cost: the end of the bar.
 */
export function createSessionTracker(
  chargePointId: string,
  pricePerKwh: number,
  authorisedCost: number,
): SessionTracker {
  let start: { at: number; registerWh: number } | undefined;

  return {
    update(message) {
      if (message.wire !== 'ocpp' || message.from !== chargePointId || message.answer) return undefined;
      const frame = readSessionMessage(message);
      if (!frame) return undefined;
      const { registerWh, powerW = 0, socPercent } = frame;
      if (frame.phase === 'started') start = { at: message.at, registerWh: registerWh ?? 0 };
      if (frame.phase !== 'updated' || !start || registerWh === undefined) return undefined;
      const energyWh = registerWh - start.registerWh;
      const cost = Math.min(authorisedCost, Math.round((energyWh * pricePerKwh) / 1_000));
      return {
        elapsedMs: message.at - start.at,
        energyWh,
        powerW,
        socPercent,
        cost,
        share: authorisedCost > 0 ? Math.min(1, cost / authorisedCost) : 0,
      };
    },
  };
}
