/** How a session ends: provisionally while its last message is missing, and with which code and sentence for the buyer. */
import type { Accepted, DecisionContext } from '../model/decision.js';
import { accept, notify, noChange, dropChargerCommands } from './results.js';
import type { ConnectorState } from '../model/network.js';
import type { EndCode, Order } from '../model/order.js';
import type { Session } from '../model/session.js';

/** The reason of an end that no message told. */
export const INFERRED = 'Inferred';

const POWER_REASONS: ReadonlySet<string> = new Set(['PowerLoss', 'Reboot', 'HardReset', 'SoftReset', 'ImmediateReset']);

/** What broke the charger's own rules. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const FAULT_REASONS: ReadonlySet<string> = new Set(['GroundFault', 'OvercurrentFault', 'PowerQuality']);

/** A limit that the charger kept by itself. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const LIMIT_REASONS: ReadonlySet<string> = new Set(['EnergyLimitReached', 'TimeLimitReached', 'SOCLimitReached']);

export function endOutcome(
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
      if (LIMIT_REASONS.has(reason)) return { code: 'limit-reached', text: 'Stopped at the limit you chose.' };
      if (POWER_REASONS.has(reason))
        return {
          code: 'power-loss',
          text: 'The charger lost power or restarted.',
        };
      if (reason === 'EmergencyStop')
        return {
          code: 'charger-fault',
          text: 'The emergency stop was pressed.',
        };
      if (FAULT_REASONS.has(reason) || status === 'Faulted')
        return {
          code: 'charger-fault',
          text: `The charger reported a fault (${FAULT_REASONS.has(reason) ? reason : errorCode}).`,
        };
      return {
        code: 'stopped-at-charger',
        text: reason === 'EVDisconnected' ? 'The cable was unplugged.' : 'Charging ended at the charger.',
      };
  }
}

/** The connector is free again, the bill waits for the lost message. */
export function becomeProvisional(order: Order, why: string, around: DecisionContext, waitMs: number): Accepted {
  if (!order.session || order.state === 'provisional') return noChange(order);
  const session: Session = {
    ...order.session,
    provisionalSince: around.now,
    finalAt: around.now + waitMs,
    endSuspectedReason: why,
  };
  return accept({ ...dropChargerCommands(order), state: 'provisional', session }, [notify('state')]);
}
