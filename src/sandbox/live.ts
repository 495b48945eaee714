/** The running session in numbers, from the charger's own frames. */
import { at, list } from './beckn-reading.js';
import { textOf } from './buyer-options.js';
import type { Live } from './progress.js';
import type { WireMessage } from './wire-log.js';

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
      const payload = at(JSON.parse(message.text), 3);
      if (message.action === 'StartTransaction') {
        start = { at: message.at, registerWh: Number(at(payload, 'meterStart')) };
      }
      if (message.action !== 'MeterValues' || !start) return undefined;
      const sampled = list(at(payload, 'meterValue', 0, 'sampledValue'));
      const value = (measurand: string): number | undefined => {
        const found = sampled.find((one) => at(one, 'measurand') === measurand);
        return found === undefined ? undefined : Number(textOf(at(found, 'value')));
      };
      const registerWh = value('Energy.Active.Import.Register');
      if (registerWh === undefined) return undefined;
      const energyWh = registerWh - start.registerWh;
      const cost = Math.min(authorisedCost, Math.round((energyWh * pricePerKwh) / 1_000));
      return {
        elapsedMs: message.at - start.at,
        energyWh,
        powerW: value('Power.Active.Import') ?? 0,
        socPercent: value('SoC'),
        cost,
        share: authorisedCost > 0 ? Math.min(1, cost / authorisedCost) : 0,
      };
    },
  };
}
