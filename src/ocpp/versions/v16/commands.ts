/** OCPP 1.6: our commands as CALLs, and their answers. */
import { PASSWORD_KEY, type ChargerCommand, type PowerPlan } from '../../../ports/charger-events.js';
import type { ChargingRate } from '../../../domain/metering/charger-capabilities.js';
import type { Json } from '../../../domain/model/order.js';
import { ocppActions } from '../../../schema/validators.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { formatTime } from '../fields.js';
import { lazyCheck } from '../lazy-check.js';
import { schedulePeriods } from '../schedule-periods.js';
import { costTransfer } from './cost.js';
import type { Call } from '../version.js';

const checks = new Map<string, Pick<Call, 'request' | 'response'>>();

function checksOf(action: string): Pick<Call, 'request' | 'response'> {
  let known = checks.get(action);
  if (!known)
    checks.set(
      action,
      (known = { request: lazyCheck('1.6', action, 'request'), response: lazyCheck('1.6', action, 'response') }),
    );
  return known;
}

/**
 * The connector of a start is always named: some chargers reject one without.
 * @errors `undefined` for what 1.6 has no words for.
 * @source OCPP 1.6 §5.2, §5.3, §5.5, §5.8, §5.11, §5.12, §5.13, §5.16, §5.17, §5.18
 */
export function write(command: ChargerCommand): Call | undefined {
  switch (command.type) {
    case 'remote-start': {
      const { connectorId, idTag, plan, rate, remoteStartId } = command;
      // §5.11: a profile that comes with a start has no transactionId yet; the next one of its id replaces it.
      const profile = plan && txProfile(remoteStartId, plan, rate);
      return call('RemoteStartTransaction', { connectorId, idTag, ...(profile && { chargingProfile: profile }) });
    }
    case 'remote-stop':
      return call('RemoteStopTransaction', { transactionId: Number(command.transactionId) });
    case 'trigger':
      if (command.what === 'TransactionEvent') return undefined;
      return call('TriggerMessage', {
        requestedMessage: command.what,
        ...(command.connectorId === undefined ? {} : { connectorId: command.connectorId }),
      });
    case 'get-configuration':
      return call('GetConfiguration', command.keys === undefined ? {} : { key: command.keys });
    case 'change-configuration':
      return command.key === PASSWORD_KEY
        ? authorizationKey(command.value)
        : call('ChangeConfiguration', { key: command.key, value: command.value });
    case 'set-power-plan': {
      const profile = txProfile(command.profileId, command.plan, command.rate, command.startsAt);
      const csChargingProfiles = { ...profile, transactionId: Number(command.transactionId) };
      return call('SetChargingProfile', { connectorId: command.connectorId, csChargingProfiles });
    }
    case 'clear-power-plan':
      return call('ClearChargingProfile', { id: command.profileId });
    case 'reserve': {
      const { connectorId, idTag, reservationId, expiresAt } = command;
      return call('ReserveNow', { connectorId, expiryDate: formatTime(expiresAt), idTag, reservationId });
    }
    case 'cancel-reservation':
      return call('CancelReservation', { reservationId: command.reservationId });
    case 'unlock':
      return call('UnlockConnector', { connectorId: command.connectorId });
    case 'show-price':
    case 'show-cost':
    case 'show-final-cost':
      return call('DataTransfer', costTransfer(command));
    case 'ask-transaction':
      return undefined;
    case 'action':
      return mayCall(command.action) ? call(command.action, command.payload) : undefined;
  }
}

/** @source OCPP 1.6 §3.13.1, §7.8: a relative schedule begins with the transaction, an absolute one when it says. */
function txProfile(profileId: number, plan: PowerPlan, rate: ChargingRate = { unit: 'W' }, startsAt?: number): Payload {
  return {
    chargingProfileId: profileId,
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: startsAt === undefined ? 'Relative' : 'Absolute',
    chargingSchedule: {
      ...(startsAt !== undefined && { startSchedule: formatTime(startsAt) }),
      chargingRateUnit: rate.unit,
      chargingSchedulePeriod: schedulePeriods(plan, rate),
    },
  };
}

/**
 * @errors `undefined` when the password is longer than the 20 bytes that the key may have.
 * @source OCPP 1.6 security whitepaper, AuthorizationKey: 32 to 40 hexadecimal digits, the bytes of the password
 */
function authorizationKey(password: string): Call | undefined {
  const hex = /^(?:[0-9a-fA-F]{2}){16,20}$/.test(password) ? password : Buffer.from(password, 'utf8').toString('hex');
  return hex.length > 40 ? undefined : call('ChangeConfiguration', { key: 'AuthorizationKey', value: hex });
}

/** Actions of this version that the central system may send. */
function mayCall(action: string): boolean {
  const sender = ocppActions('1.6').get(action);
  return sender === 'central-system' || sender === 'both';
}

function call(action: string, payload: Payload): Call {
  return { action, payload, ...checksOf(action) };
}

export function statusOf(payload: Json): string | undefined {
  return isPayload(payload) && typeof payload['status'] === 'string' ? payload['status'] : undefined;
}
