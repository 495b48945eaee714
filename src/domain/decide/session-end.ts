/** How a session ends: provisionally while its last message is missing, and with which code and sentence for the buyer. */
import type { Accepted } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, tell, unchanged, withoutCommands } from './results.js';
import type { ConnectorState } from '../model/network.js';
import type { EndCode, Order, Session } from '../model/order.js';

/** The reason of an end that no message told. */
export const INFERRED = 'Inferred';

const POWER: ReadonlySet<string> = new Set(['PowerLoss', 'Reboot', 'HardReset', 'SoftReset', 'ImmediateReset']);

/** What broke the charger's own rules. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const FAULTS: ReadonlySet<string> = new Set(['GroundFault', 'OvercurrentFault', 'PowerQuality']);

/** A limit that the charger kept by itself. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const LIMITS: ReadonlySet<string> = new Set(['EnergyLimitReached', 'TimeLimitReached', 'SOCLimitReached']);

export function endOf(
  session: Session,
  reason: string,
  { status, errorCode }: ConnectorState,
): { code: EndCode; text: string } {
  if (reason === INFERRED)
    return {
      code: 'end-inferred',
      text: 'The charger did not report the end; billed by its last reading.',
    };
  switch (session.stop?.reason) {
    case 'buyer':
      return { code: 'stopped-by-buyer', text: 'Stopped as you asked.' };
    case 'limit-energy':
    case 'limit-amount':
    case 'limit-time':
    case 'limit-soc':
      return { code: 'limit-reached', text: 'Stopped at the limit you chose.' };
    case 'operator':
    case 'policy':
      return { code: 'stopped-at-charger', text: 'Stopped by the operator.' };
    case undefined:
      if (LIMITS.has(reason)) return { code: 'limit-reached', text: 'Stopped at the limit you chose.' };
      if (POWER.has(reason))
        return {
          code: 'power-loss',
          text: 'The charger lost power or restarted.',
        };
      if (reason === 'EmergencyStop')
        return {
          code: 'charger-fault',
          text: 'The emergency stop was pressed.',
        };
      if (FAULTS.has(reason) || status === 'Faulted')
        return {
          code: 'charger-fault',
          text: `The charger reported a fault (${FAULTS.has(reason) ? reason : errorCode}).`,
        };
      return {
        code: 'stopped-at-charger',
        text: reason === 'EVDisconnected' ? 'The cable was unplugged.' : 'Charging ended at the charger.',
      };
  }
}

/** The connector is free again, the bill waits for the lost message. */
export function becomeProvisional(order: Order, why: string, around: Surroundings, waitMs: number): Accepted {
  if (!order.session || order.state === 'provisional') return unchanged(order);
  const session: Session = {
    ...order.session,
    provisionalSince: around.now,
    finalAt: around.now + waitMs,
    unsureReason: why,
  };
  return changed({ ...withoutCommands(order), state: 'provisional', session }, [tell('state')]);
}
