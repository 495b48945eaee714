/** Reads which transaction limits a 2.1 station has reached or enforces from now on. */
import type { TransactionLimitKind } from '../../domain/model/network.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { TransactionEvent } from '../../ports/charger-events.js';

const LIMIT_REACHED_TRIGGERS: ReadonlyMap<string, TransactionLimitKind> = new Map([
  ['EnergyLimitReached', 'energy'],
  ['TimeLimitReached', 'time'],
  ['SoCLimitReached', 'soc'],
]);
/**
 * Returns commands for a limit that the station has reached, or for the limits that it has set.
 * @source OCPP 2.1 E16
 */
export function limitCommands({ triggerReason, limit }: TransactionEvent): readonly OrderCommand[] {
  const reached = LIMIT_REACHED_TRIGGERS.get(triggerReason);
  if (reached !== undefined) return [{ type: 'transaction-limit-reached', limit: reached }];
  if (triggerReason !== 'LimitSet' || !limit) return [];
  const { energyWh, timeS, socPercent } = limit;
  const limits = {
    ...(energyWh !== undefined && { energyWh }),
    ...(timeS !== undefined && { timeS }),
    ...(socPercent !== undefined && { socPercent }),
  };
  return [{ type: 'transaction-limits-set', limits }];
}
