/** OCPP 1.6: our commands as CALLs, and their answers. */
import { PASSWORD_KEY, type ChargerCommand, type ChargingSchedule } from '../../../ports/charger-events.js';
import type { ChargingRate } from '../../../domain/model/charger-capabilities.js';
import type { Json } from '../../../domain/model/object.js';
import { ocppActions } from '../../../schema/validators.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { formatTime } from '../fields.js';
import { lazyCheck } from '../lazy-check.js';
import { schedulePeriods } from '../schedule-periods.js';
import { costDataTransfer } from './cost.js';
import type { Call } from '../version.js';

const checks = new Map<string, Pick<Call, 'checkRequest' | 'checkResponse'>>();

function checksFor(action: string): Pick<Call, 'checkRequest' | 'checkResponse'> {
  let known = checks.get(action);
  if (!known)
    checks.set(
      action,
      (known = {
        checkRequest: lazyCheck('1.6', action, 'request'),
        checkResponse: lazyCheck('1.6', action, 'response'),
      }),
    );
  return known;
}

/**
 * The connector of a start is always named: some chargers reject one without.
 * @errors `undefined` for what 1.6 has no words for.
 * @source OCPP 1.6 §5.2, §5.3, §5.5, §5.8, §5.11, §5.12, §5.13, §5.16, §5.17, §5.18
 */
export function encodeCommand(command: ChargerCommand): Call | undefined {
  switch (command.type) {
    case 'remote-start': {
      const { connectorId, idTag, schedule: plan, rate, remoteStartId } = command;
      // §5.11: a profile that comes with a start has no transactionId yet; the next one of its id replaces it.
      const profile = plan && txProfile(remoteStartId, plan, rate);
      return encodeAction('RemoteStartTransaction', {
        connectorId,
        idTag,
        ...(profile && { chargingProfile: profile }),
      });
    }
    case 'remote-stop':
      return encodeAction('RemoteStopTransaction', { transactionId: Number(command.transactionId) });
    case 'trigger-message':
      if (command.requestedMessage === 'TransactionEvent') return undefined;
      return encodeAction('TriggerMessage', {
        requestedMessage: command.requestedMessage,
        ...(command.connectorId === undefined ? {} : { connectorId: command.connectorId }),
      });
    case 'get-configuration':
      return encodeAction('GetConfiguration', command.keys === undefined ? {} : { key: command.keys });
    case 'change-configuration':
      return command.key === PASSWORD_KEY
        ? encodeAuthorizationKey(command.value)
        : encodeAction('ChangeConfiguration', { key: command.key, value: command.value });
    case 'set-charging-profile': {
      const profile = txProfile(command.profileId, command.schedule, command.rate, command.startsAt);
      const csChargingProfiles = { ...profile, transactionId: Number(command.transactionId) };
      return encodeAction('SetChargingProfile', { connectorId: command.connectorId, csChargingProfiles });
    }
    case 'clear-charging-profile':
      return encodeAction('ClearChargingProfile', { id: command.profileId });
    case 'reserve': {
      const { connectorId, idTag, reservationId, expiresAt } = command;
      return encodeAction('ReserveNow', { connectorId, expiryDate: formatTime(expiresAt), idTag, reservationId });
    }
    case 'cancel-reservation':
      return encodeAction('CancelReservation', { reservationId: command.reservationId });
    case 'unlock-connector':
      return encodeAction('UnlockConnector', { connectorId: command.connectorId });
    case 'show-price':
    case 'show-cost':
    case 'show-final-cost':
      return encodeAction('DataTransfer', costDataTransfer(command));
    case 'get-transaction-status':
      return undefined;
    case 'action':
      return isCallableAction(command.action) ? encodeAction(command.action, command.payload) : undefined;
  }
}

/** @source OCPP 1.6 §3.13.1, §7.8: a relative schedule begins with the transaction, an absolute one when it says. */
function txProfile(
  profileId: number,
  plan: ChargingSchedule,
  rate: ChargingRate = { unit: 'W' },
  startsAt?: number,
): Payload {
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
function encodeAuthorizationKey(password: string): Call | undefined {
  const hex = /^(?:[0-9a-fA-F]{2}){16,20}$/.test(password) ? password : Buffer.from(password, 'utf8').toString('hex');
  return hex.length > 40 ? undefined : encodeAction('ChangeConfiguration', { key: 'AuthorizationKey', value: hex });
}

/** Actions of this version that the central system may send. */
function isCallableAction(action: string): boolean {
  const sender = ocppActions('1.6').get(action);
  return sender === 'central-system' || sender === 'both';
}

function encodeAction(action: string, payload: Payload): Call {
  return { action, payload, ...checksFor(action) };
}

export function statusOf(payload: Json): string | undefined {
  return isPayload(payload) && typeof payload['status'] === 'string' ? payload['status'] : undefined;
}
