/** OCPP 2.x: our commands as CALLs, and their answers. */
import type { CommandResultDetails, ChargerCommand, ChargingSchedule } from '../../../ports/charger-events.js';
import type { ChargingRate } from '../../../domain/model/charger-capabilities.js';
import type { Json } from '../../../domain/model/object.js';
import { ocppActions, type OcppVersionName } from '../../../schema/validators.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { lazyCheck } from '../lazy-check.js';
import { toEvse, writeEvse } from './evse.js';
import { formatTime, textOf } from '../fields.js';
import { schedulePeriods } from '../schedule-periods.js';
import { parseVariableKey } from './variables.js';
import type { Call } from '../version.js';

/** The profile that rides on a start is replaced by the first one for its transaction. */
const START_PROFILE_ID = 1;

/** What the words of one 2.x version make of a command. */
export function commandEncoderFor(version: OcppVersionName): (command: ChargerCommand) => Call | undefined {
  const checks = new Map<string, Pick<Call, 'checkRequest' | 'checkResponse'>>();

  function call(action: string, payload: Payload): Call {
    let known = checks.get(action);
    if (!known) {
      known = {
        checkRequest: lazyCheck(version, action, 'request'),
        checkResponse: lazyCheck(version, action, 'response'),
      };
      checks.set(action, known);
    }
    return { action, payload, ...known };
  }

  return (command) => {
    if (command.type === 'action') {
      const sender = ocppActions(version).get(command.action);
      const ours = sender === 'central-system' || sender === 'both';
      return ours ? call(command.action, command.payload) : undefined;
    }
    const words = toActionAndPayload(command);
    return words && call(...words);
  };
}

/**
 * The EVSE of a start is always named: a station may reject one without. Tokens are of type Central: no Authorize follows,
 * and no cache keeps them (C05).
 * @errors `undefined` for a configuration key that is no `Component.Variable`.
 * @source OCPP 2.0.1 B05, B06, B07, E14, F01–F03, F05, F06, H01, H02, K05, K10
 */
function toActionAndPayload(command: Exclude<ChargerCommand, { type: 'action' }>): [string, Payload] | undefined {
  switch (command.type) {
    case 'remote-start': {
      const { connectorId, idTag, remoteStartId, schedule: plan, rate } = command;
      const profile = plan && { chargingProfile: txProfile(START_PROFILE_ID, plan, rate) };
      const start = { remoteStartId, idToken: centralToken(idTag), evseId: toEvse(connectorId).id };
      return ['RequestStartTransaction', { ...start, ...profile }];
    }
    case 'remote-stop':
      return ['RequestStopTransaction', { transactionId: command.transactionId }];
    case 'trigger-message':
      return ['TriggerMessage', { requestedMessage: command.requestedMessage, ...writeEvse(command.connectorId) }];
    case 'get-configuration':
      return command.keys === undefined
        ? ['GetBaseReport', { requestId: FULL_REPORT_REQUEST_ID, reportBase: 'FullInventory' }]
        : getVariables(command.keys);
    case 'change-configuration': {
      const variable = parseVariableKey(command.key);
      return variable && ['SetVariables', { setVariableData: [{ ...variable, attributeValue: command.value }] }];
    }
    case 'set-charging-profile': {
      const { connectorId, profileId, transactionId, schedule: plan, rate, startsAt } = command;
      const chargingProfile = { ...txProfile(profileId, plan, rate, startsAt), transactionId };
      return ['SetChargingProfile', { evseId: toEvse(connectorId).id, chargingProfile }];
    }
    case 'clear-charging-profile':
      return ['ClearChargingProfile', { chargingProfileId: command.profileId }];
    case 'reserve': {
      const { reservationId, connectorId, idTag, expiresAt } = command;
      const evseId = toEvse(connectorId).id;
      const expiryDateTime = formatTime(expiresAt);
      return ['ReserveNow', { id: reservationId, expiryDateTime, idToken: centralToken(idTag), evseId }];
    }
    case 'cancel-reservation':
      return ['CancelReservation', { reservationId: command.reservationId }];
    case 'unlock-connector': {
      const { id, connectorId } = toEvse(command.connectorId);
      return ['UnlockConnector', { evseId: id, connectorId }];
    }
    case 'get-transaction-status':
      return ['GetTransactionStatus', { transactionId: command.transactionId }];
    // The answers to its events tell the cost.
    case 'show-price':
    case 'show-cost':
    case 'show-final-cost':
      return undefined;
  }
}

/** Its pages come as NotifyReport, and are told apart from those of an operator's own requests by nobody: values are values. */
const FULL_REPORT_REQUEST_ID = 1;

function getVariables(keys: readonly string[]): [string, Payload] | undefined {
  const getVariableData = keys.flatMap((key) => parseVariableKey(key) ?? []);
  return getVariableData.length === 0 ? undefined : ['GetVariables', { getVariableData }];
}

function centralToken(idTag: string): Payload {
  return { idToken: idTag, type: 'Central' };
}

/** @source OCPP 2.0.1 K01, ChargingProfileType: a relative schedule begins with the transaction, an absolute one when it says. */
function txProfile(id: number, plan: ChargingSchedule, rate: ChargingRate = { unit: 'W' }, startsAt?: number): Payload {
  return {
    id,
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: startsAt === undefined ? 'Relative' : 'Absolute',
    chargingSchedule: [
      {
        id: 1,
        ...(startsAt !== undefined && { startSchedule: formatTime(startsAt) }),
        chargingRateUnit: rate.unit,
        chargingSchedulePeriod: schedulePeriods(plan, rate),
      },
    ],
  };
}

/** The status of an answer, or of the one variable that was set. */
export function statusOf(payload: Json): string | undefined {
  if (!isPayload(payload)) return undefined;
  const results = payload['setVariableResult'];
  if (!Array.isArray(results)) return textOf(payload, 'status');
  const list: readonly Json[] = results;
  const [first] = list;
  return first !== undefined && isPayload(first) ? textOf(first, 'attributeStatus') : undefined;
}

/** @source OCPP 2.0.1 F01.FR.13, E14 */
export function detailsOf(payload: Json): CommandResultDetails {
  if (!isPayload(payload)) return {};
  const { transactionId, ongoingIndicator, messagesInQueue } = payload;
  return {
    ...(typeof transactionId === 'string' && { transactionId }),
    ...(typeof ongoingIndicator === 'boolean' && { ongoing: ongoingIndicator }),
    ...(typeof messagesInQueue === 'boolean' && { messagesInQueue: messagesInQueue }),
  };
}
