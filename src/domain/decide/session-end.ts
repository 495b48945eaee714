/** Determines how a session ended, and makes it provisional if its stop message is missing. */
import type { Accepted, DecisionContext } from '../model/decision.js';
import type { ConnectorState } from '../model/network.js';
import type { EndCode, Order, Outcome } from '../model/order.js';
import type { Session, StopReason } from '../model/session.js';
import { accept, dropChargerCommands, noChange, notify } from './results.js';

/** The stop reason of a session whose end no message reported. */
export const INFERRED = 'Inferred';

const POWER_REASONS: ReadonlySet<string> = new Set(['PowerLoss', 'Reboot', 'HardReset', 'SoftReset', 'ImmediateReset']);

/** Stop reasons that name an electrical fault. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const FAULT_REASONS: ReadonlySet<string> = new Set(['GroundFault', 'OvercurrentFault', 'PowerQuality']);

/** Stop reasons that name a limit which the station enforced itself. @source OCPP 2.0.1 and 2.1, ReasonEnumType */
const LIMIT_REASONS: ReadonlySet<string> = new Set(['EnergyLimitReached', 'TimeLimitReached', 'SOCLimitReached']);

type End = Pick<Outcome, 'code' | 'text'>;

const LIMIT_END: End = { code: 'limit-reached', text: 'Stopped at the limit you chose.' };
const OPERATOR_END: End = { code: 'stopped-at-charger', text: 'Stopped by the operator.' };

/** End of a session that we stopped, by stop reason. */
const REQUESTED_ENDS: Readonly<Record<StopReason, End>> = {
  buyer: { code: 'stopped-by-buyer', text: 'Stopped as you asked.' },
  'limit-energy': LIMIT_END,
  'limit-amount': LIMIT_END,
  'limit-time': LIMIT_END,
  'limit-soc': LIMIT_END,
  operator: OPERATOR_END,
  policy: OPERATOR_END,
};

/**
 * Returns the end code of a session and the sentence for the buyer.
 * @param reason The OCPP stop reason, or `Inferred`.
 */
export function endOutcome(session: Session, reason: string, connector: ConnectorState): End {
  if (reason === INFERRED) {
    return {
      code: 'end-inferred',
      text: 'The charger did not report the end of charging; the bill follows its last reading.',
    };
  }
  return session.stop ? REQUESTED_ENDS[session.stop.reason] : endAtCharger(reason, connector);
}

function endAtCharger(reason: string, { status, errorCode }: ConnectorState): End {
  const end = (code: EndCode, text: string): End => ({ code, text });
  if (LIMIT_REASONS.has(reason)) return LIMIT_END;
  if (POWER_REASONS.has(reason)) return end('power-loss', 'The charger lost power or restarted.');
  if (reason === 'EmergencyStop') return end('charger-fault', 'The emergency stop was pressed.');
  if (FAULT_REASONS.has(reason)) return end('charger-fault', `The charger reported a fault (${reason}).`);
  if (status === 'Faulted') return end('charger-fault', `The charger reported a fault (${errorCode}).`);
  const unplugged = reason === 'EVDisconnected';
  return end('stopped-at-charger', unplugged ? 'The cable was unplugged.' : 'Charging ended at the charger.');
}

/**
 * Makes an order provisional: frees the connector, while the bill waits for the missing stop of the transaction.
 * @param waitMs How long to wait for the stop, ms.
 */
export function becomeProvisional(
  order: Order,
  endSuspectedReason: string,
  { now }: DecisionContext,
  waitMs: number,
): Accepted {
  if (!order.session || order.state === 'provisional') return noChange(order);
  const session: Session = { ...order.session, provisionalSince: now, finalAt: now + waitMs, endSuspectedReason };
  return accept({ ...dropChargerCommands(order), state: 'provisional', session }, [notify('state')]);
}
