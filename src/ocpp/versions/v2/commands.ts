/** Encodes our commands as OCPP 2.x CALLs, and reads their responses. */
import type { ChargingRate } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import type {
  ChargerCommand,
  ChargerCommandOf,
  ChargingSchedule,
  CommandResultDetails,
} from '../../../ports/charger-commands.js';
import { lazyOcppChecks, ocppActions, type OcppVersionName } from '../../../schema/validators.js';
import { isPayload, objectsOf, textOf, type Payload } from '../../frames/payload.js';
import { formatTime } from '../timestamps.js';
import { encodeSchedule } from '../v16/commands.js';
import type { Call } from '../version.js';
import { toEvse, writeEvse } from './evse.js';
import { parseVariableKey } from './variables.js';

/**
 * The request id of every full report. It can stay the same, because reported values are merged regardless of the
 * request.
 */
const FULL_REPORT_REQUEST_ID = 1;
const PASSWORD_VARIABLE = 'SecurityCtrlr.BasicAuthPassword';

type ActionAndPayload = readonly [string, Payload];

/** Returns an encoder of commands that uses the schema checks of one 2.x version. */
export function commandEncoderFor(version: OcppVersionName): (command: ChargerCommand) => Call | undefined {
  const checksOf = lazyOcppChecks(version);
  return (command) => {
    if (command.type === 'action') {
      const sender = ocppActions(version).get(command.action);
      if (sender !== 'central-system' && sender !== 'both') return undefined;
    }
    const encoded = toActionAndPayload(command);
    if (!encoded) return undefined;
    const [action, payload] = encoded;
    return { action, payload, ...checksOf(action) };
  };
}

/**
 * Converts a command to an action and payload. A remote start always names its EVSE, because a station may reject a
 * start without one. Tokens have the type Central, so that the station neither sends Authorize for them nor caches them
 * (C05).
 * @errors `undefined` if 2.x has no CALL for the command, or if all its configuration keys are malformed. If only some
 *         keys are malformed, the others are requested.
 * @source OCPP 2.0.1 A01, B05, B06, B07, E14, F01–F03, F05, F06, H01, H02, K05, K10
 */
function toActionAndPayload(command: ChargerCommand): ActionAndPayload | undefined {
  switch (command.type) {
    case 'action':
      return [command.action, command.payload];
    case 'remote-start':
      return requestStart(command);
    case 'remote-stop':
      return ['RequestStopTransaction', { transactionId: command.transactionId }];
    case 'trigger-message':
      return ['TriggerMessage', { requestedMessage: command.requestedMessage, ...writeEvse(command.connectorId) }];
    case 'get-configuration':
      return command.keys === undefined
        ? ['GetBaseReport', { requestId: FULL_REPORT_REQUEST_ID, reportBase: 'FullInventory' }]
        : getVariables(command.keys);
    case 'change-configuration':
      return setVariable(command.key, command.value);
    case 'change-password':
      return setVariable(PASSWORD_VARIABLE, command.password);
    case 'set-charging-profile':
      return setChargingProfile(command);
    case 'clear-charging-profile':
      return ['ClearChargingProfile', { chargingProfileId: command.profileId }];
    case 'reserve':
      return reserveNow(command);
    case 'cancel-reservation':
      return ['CancelReservation', { reservationId: command.reservationId }];
    case 'unlock-connector': {
      const { id, connectorId } = toEvse(command.connectorId);
      return ['UnlockConnector', { evseId: id, connectorId }];
    }
    case 'get-transaction-status':
      return ['GetTransactionStatus', { transactionId: command.transactionId }];
    // The responses to TransactionEvent contain the cost instead.
    case 'show-price':
    case 'show-cost':
    case 'show-final-cost':
      return undefined;
  }
}

/** Builds a remote start. @source OCPP 2.0.1 F01; K01.FR.39: the profile needs the id of those that will replace it. */
function requestStart(command: ChargerCommandOf<'remote-start'>): ActionAndPayload {
  const { connectorId, idTag, remoteStartId, schedule, rate } = command;
  const profile = schedule && { chargingProfile: { id: remoteStartId, ...txProfile(schedule, rate) } };
  const start = { remoteStartId, idToken: centralToken(idTag), evseId: toEvse(connectorId).id };
  return ['RequestStartTransaction', { ...start, ...profile }];
}

function setChargingProfile(command: ChargerCommandOf<'set-charging-profile'>): ActionAndPayload {
  const { connectorId, profileId, transactionId, schedule, rate, startsAt } = command;
  const chargingProfile = { id: profileId, ...txProfile(schedule, rate, startsAt), transactionId };
  return ['SetChargingProfile', { evseId: toEvse(connectorId).id, chargingProfile }];
}

function reserveNow({ reservationId, connectorId, idTag, expiresAt }: ChargerCommandOf<'reserve'>): ActionAndPayload {
  const reservation = { id: reservationId, expiryDateTime: formatTime(expiresAt), idToken: centralToken(idTag) };
  return ['ReserveNow', { ...reservation, evseId: toEvse(connectorId).id }];
}

function getVariables(keys: readonly string[]): ActionAndPayload | undefined {
  const getVariableData = keys.flatMap((key) => parseVariableKey(key) ?? []);
  return getVariableData.length === 0 ? undefined : ['GetVariables', { getVariableData }];
}

function setVariable(key: string, attributeValue: string): ActionAndPayload | undefined {
  const variable = parseVariableKey(key);
  return variable && ['SetVariables', { setVariableData: [{ ...variable, attributeValue }] }];
}

function centralToken(idTag: string): Payload {
  return { idToken: idTag, type: 'Central' };
}

/**
 * Builds a TxProfile without its id. The schedule begins at `startsAt` if that is given, otherwise with the
 * transaction.
 * @source OCPP 2.0.1 K01, ChargingProfileType
 */
function txProfile(schedule: ChargingSchedule, rate?: ChargingRate, startsAt?: number): Payload {
  return {
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: startsAt === undefined ? 'Relative' : 'Absolute',
    chargingSchedule: [{ id: 1, ...encodeSchedule(schedule, rate, startsAt) }],
  };
}

/** Returns the status of a response; for SetVariables, the status of the first variable. */
export function statusOf(payload: Json): string | undefined {
  if (!isPayload(payload)) return undefined;
  if (!Array.isArray(payload['setVariableResult'])) return textOf(payload, 'status');
  const [first] = objectsOf(payload, 'setVariableResult');
  return first && textOf(first, 'attributeStatus');
}

/** Reads the details of a transaction from a response. @source OCPP 2.0.1 F01.FR.13, E14 */
export function detailsOf(payload: Json): CommandResultDetails {
  if (!isPayload(payload)) return {};
  const { transactionId, ongoingIndicator, messagesInQueue } = payload;
  return {
    ...(typeof transactionId === 'string' && { transactionId }),
    ...(typeof ongoingIndicator === 'boolean' && { ongoing: ongoingIndicator }),
    ...(typeof messagesInQueue === 'boolean' && { messagesInQueue }),
  };
}
