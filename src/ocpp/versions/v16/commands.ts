/** Encodes our commands as OCPP 1.6 CALLs. */
import type { ChargingRate } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import type { ChargerCommand, ChargerCommandOf, ChargingSchedule } from '../../../ports/charger-commands.js';
import { lazyOcppChecks, ocppActions } from '../../../schema/validators.js';
import { isPayload, textOf, type Payload } from '../../frames/payload.js';
import { formatTime } from '../timestamps.js';
import type { Call } from '../version.js';
import { costDataTransfer } from './cost.js';

const checksOf = lazyOcppChecks('1.6');

/**
 * Encodes a command as a CALL. A remote start always names its connector, because some chargers reject a start without
 * one.
 * @errors `undefined` if 1.6 has no CALL for the command, or if a password is too long for it.
 * @source OCPP 1.6 §5.1, §5.3, §5.5, §5.6, §5.8, §5.11, §5.12, §5.13, §5.16, §5.17, §5.18
 */
export function encodeCommand(command: ChargerCommand): Call | undefined {
  switch (command.type) {
    case 'remote-start':
      return encodeRemoteStart(command);
    case 'remote-stop':
      return encodeAction('RemoteStopTransaction', { transactionId: Number(command.transactionId) });
    case 'trigger-message': {
      const { requestedMessage, connectorId } = command;
      if (requestedMessage === 'TransactionEvent') return undefined;
      return encodeAction('TriggerMessage', { requestedMessage, ...(connectorId !== undefined && { connectorId }) });
    }
    case 'get-configuration':
      return encodeAction('GetConfiguration', command.keys === undefined ? {} : { key: command.keys });
    case 'change-configuration':
      return encodeAction('ChangeConfiguration', { key: command.key, value: command.value });
    case 'change-password':
      return encodeAuthorizationKey(command.password);
    case 'set-charging-profile':
      return encodeChargingProfile(command);
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

/** Encodes a remote start. Its profile has no transactionId (§5.11); the next profile with the same id replaces it. */
function encodeRemoteStart({
  connectorId,
  idTag,
  schedule,
  rate,
  remoteStartId,
}: ChargerCommandOf<'remote-start'>): Call {
  const profile = schedule && {
    chargingProfile: { chargingProfileId: remoteStartId, ...txProfile(schedule, rate) },
  };
  return encodeAction('RemoteStartTransaction', { connectorId, idTag, ...profile });
}

function encodeChargingProfile({
  connectorId,
  profileId,
  transactionId,
  schedule,
  rate,
  startsAt,
}: ChargerCommandOf<'set-charging-profile'>): Call {
  const profile = { chargingProfileId: profileId, ...txProfile(schedule, rate, startsAt) };
  const csChargingProfiles = { ...profile, transactionId: Number(transactionId) };
  return encodeAction('SetChargingProfile', { connectorId, csChargingProfiles });
}

/**
 * Builds a TxProfile without its id. The schedule begins at `startsAt` if that is given, otherwise with the
 * transaction.
 * @source OCPP 1.6 §3.13.1, §7.8
 */
function txProfile(schedule: ChargingSchedule, rate?: ChargingRate, startsAt?: number): Payload {
  return {
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: startsAt === undefined ? 'Relative' : 'Absolute',
    chargingSchedule: encodeSchedule(schedule, rate, startsAt),
  };
}

/**
 * Encodes the members of a charging schedule that 1.6 and 2.x have in common.
 * @unit   Watts over all phases, or amperes per phase. Rounded down to one decimal, so that the limit is never
 *         exceeded.
 * @source OCPP 1.6 §7.12, §7.13, §7.14; OCPP 2.0.1 ChargingSchedulePeriodType: `limit` has at most one decimal.
 */
export function encodeSchedule(
  schedule: ChargingSchedule,
  rate: ChargingRate = { unit: 'W' },
  startsAt?: number,
): Payload {
  const divisor = rate.unit === 'W' ? 1 : rate.phases * rate.voltage;
  return {
    ...(startsAt !== undefined && { startSchedule: formatTime(startsAt) }),
    chargingRateUnit: rate.unit,
    chargingSchedulePeriod: schedule.map(({ startS, limitW }) => ({
      startPeriod: startS,
      limit: Math.floor((limitW * 10) / divisor) / 10,
    })),
  };
}

/**
 * Encodes a change of the Basic password.
 * @errors `undefined` if the password is longer than 20 bytes, the maximum for the key.
 * @source OCPP 1.6 security whitepaper, AuthorizationKey: the bytes of the password as 32 to 40 hexadecimal digits
 */
function encodeAuthorizationKey(password: string): Call | undefined {
  const hex = /^(?:[0-9a-fA-F]{2}){16,20}$/.test(password) ? password : Buffer.from(password, 'utf8').toString('hex');
  return hex.length > 40 ? undefined : encodeAction('ChangeConfiguration', { key: 'AuthorizationKey', value: hex });
}

/** Returns whether a central system may send the action. */
function isCallableAction(action: string): boolean {
  const sender = ocppActions('1.6').get(action);
  return sender === 'central-system' || sender === 'both';
}

function encodeAction(action: string, payload: Payload): Call {
  return { action, payload, ...checksOf(action) };
}

export function statusOf(payload: Json): string | undefined {
  return isPayload(payload) ? textOf(payload, 'status') : undefined;
}
