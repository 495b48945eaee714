/** The running session in numbers, from the charger's own frames. */
import type { Live } from './progress-display.js';
import { readSessionFrame } from './session-messages.js';
import type { WireMessage } from './message-log.js';

export interface LiveReader {
  /** @returns The session after this message, when it said something about it. */
  read(message: WireMessage): Live | undefined;
}

/**
 * @param pricePerKwh    Minor units.
 * @param authorisedCost Minor units of charging cost: the end of the bar.
 */
export function createLiveReader(chargePointId: string, pricePerKwh: number, authorisedCost: number): LiveReader {
  let start: { at: number; registerWh: number } | undefined;

  return {
    read(message) {
      if (message.wire !== 'ocpp' || message.from !== chargePointId || message.answer) return undefined;
      const frame = readSessionFrame(message);
      if (!frame) return undefined;
      const { registerWh, powerW = 0, socPercent } = frame;
      if (frame.phase === 'begun') start = { at: message.at, registerWh: registerWh ?? 0 };
      if (frame.phase !== 'goes-on' || !start || registerWh === undefined) return undefined;
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
