/** Defines the endpoints for charge points and for their access. */
import { maskSecrets } from '../../bridge/charge-points/secret-keys.js';
import type { Json } from '../../domain/model/object.js';
import { REJECTION_CODES } from '../../ports/charger-access.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Acting, ActRequest, Endpoint } from '../http/endpoint.js';
import { flag, list, object, text } from '../http/json-schema.js';
import { PAGE_PARAMETERS, TIME_PARAMETERS, pathParameter, idParameter } from '../http/paging.js';
import { choiceParameter, decimalParameter, flagParameter, textParameter, timeParameter } from '../http/parameters.js';
import { getCalendar, getChargePoint, getProtocolViolations, listChargePoints } from '../operations/charge-points.js';
import {
  approveChargePoint,
  changePassword,
  listRejectedConnections,
  listSpellings,
  PROFILES,
  removeSpelling,
  withoutPassword,
} from '../operations/charger-access.js';
import {
  BOOT_POLICIES,
  clearQuarantine,
  listCommands,
  listNotifications,
  MAX_TIMEOUT_S,
  sendCommand,
  setBootPolicy,
} from '../operations/commands.js';
import { PLACE_PARAMETERS } from '../operations/place-filter.js';
import {
  APPROVAL,
  CALENDAR,
  CHARGE_POINT,
  CHARGE_POINT_LIST,
  COMMAND_PAGE,
  LOG_ENTRY,
  NOTIFICATION_PAGE,
  PASSWORD_CHANGE,
  PROTOCOL_VIOLATIONS,
  REJECTED_CONNECTIONS,
  SPELLING,
} from './charge-point-schemas.js';

const CONNECTOR_STATUSES = [
  'Available',
  'Preparing',
  'Charging',
  'SuspendedEVSE',
  'SuspendedEV',
  'Finishing',
  'Reserved',
  'Unavailable',
  'Faulted',
];

const action = textParameter('The OCPP action.');
const LOG_PARAMETERS = { ...PAGE_PARAMETERS, action, ...TIME_PARAMETERS };

/** Returns how boots are answered, for the audit record. */
const bootState = ({ commands }: OperatorDeps, id: string): Json => ({ answer: commands.bootPolicy(id) });

/** Returns the quarantine, for the audit record. */
function quarantineState({ view }: OperatorDeps, id: string): Json {
  const quarantine = view.chargePoints().find((charger) => charger.id === id)?.quarantine;
  return { quarantine: quarantine ? { reason: quarantine.reason, since: quarantine.since } : null };
}

/** Returns what the audit record keeps of a password request: everything but the password. */
const withoutSecret = ({ body }: ActRequest): Json => withoutPassword(body);

const READING: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/charge-points',
    description:
      'Charge points with their connection and connectors, by identity, all in one answer. Those that were removed are not among them.',
    scope: 'read',
    query: {
      ...PLACE_PARAMETERS,
      online: flagParameter('Whether it is connected.'),
      accepted: flagParameter('Whether a BootNotification of it was accepted once.'),
      quarantined: flagParameter('Whether it is under quarantine.'),
      hasPassword: flagParameter('Whether a password of it is valid.'),
      version: choiceParameter(['1.6', '2.0.1', '2.1'], 'The OCPP version of its connection, or of the last one.'),
      connectorStatus: choiceParameter(CONNECTOR_STATUSES, 'The last reported status of one of its connectors.'),
      from: timeParameter('Keeps those whose last frame is not earlier.'),
      to: timeParameter('Keeps those whose last frame is earlier, or that never sent one.'),
    },
    answer: CHARGE_POINT_LIST,
    handle: listChargePoints,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id',
    description: 'One charge point with its boot details, configuration and orders.',
    scope: 'read',
    answer: CHARGE_POINT,
    problems: ['not-found'],
    handle: getChargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/calendar',
    description: 'The reservations of its connectors, and the orders that charge or are about to.',
    scope: 'read',
    answer: CALENDAR,
    problems: ['not-found'],
    handle: getCalendar,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/protocol-violations',
    description:
      'The protocol rules that a charge point has broken since the process started: which, how often, when last, and whether the message was accepted leniently.',
    scope: 'read',
    answer: PROTOCOL_VIOLATIONS,
    problems: ['not-found'],
    handle: getProtocolViolations,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/commands',
    description: 'Commands that operators sent to a charge point, with results, newest first.',
    scope: 'read',
    query: LOG_PARAMETERS,
    answer: COMMAND_PAGE,
    handle: listCommands,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/notifications',
    description:
      'Notifications of a charge point that concern no order (firmware, logs, security events, …), newest first.',
    scope: 'read',
    query: LOG_PARAMETERS,
    answer: NOTIFICATION_PAGE,
    handle: listNotifications,
  },
  {
    method: 'GET',
    path: '/api/rejected-connections',
    description: 'Identities whose connection was rejected, newest first: from which network, how often and why.',
    scope: 'read',
    query: {
      chargePointId: textParameter('The identity in the URL.'),
      network: textParameter('The network of the client, as the list has it, such as `203.0.113`.'),
      code: choiceParameter(REJECTION_CODES, 'Why the last attempt was refused.'),
      tls: flagParameter('Whether the last attempt came over TLS.'),
      ...TIME_PARAMETERS,
    },
    answer: REJECTED_CONNECTIONS,
    handle: listRejectedConnections,
  },
  {
    method: 'GET',
    path: '/api/spellings',
    description:
      'Other spellings of known identities, under which an operator lets charge points connect, by spelling.',
    scope: 'read',
    query: {
      id: textParameter('The spelling.'),
      chargePointId: textParameter('The charge point for which it stands.'),
      ...TIME_PARAMETERS,
    },
    answer: object({ spellings: list(SPELLING) }),
    handle: listSpellings,
  },
];

/** Returns the charge point that a spelling stands for, for the audit record. */
const spellingState = ({ access }: OperatorDeps, id: string): Json => ({
  chargePointId: access.spellings().find((one) => one.id === id)?.chargePointId ?? null,
});

const ACTING: readonly Acting[] = [
  {
    method: 'POST',
    path: '/api/charge-points/:id/password',
    description:
      'Sets a new HTTP Basic password, over OCPP or, with {"byHand": true}, on the charger by a technician. {"password": …} sets a given one; a generated one is shown once.',
    scope: 'operate',
    body: object({}, { password: text('16 to 40 printable ASCII characters.'), byHand: flag('Set by a technician.') }),
    answer: PASSWORD_CHANGE,
    problems: [
      'password-invalid',
      'unknown-charge-point',
      'change-in-progress',
      'too-many-pending-passwords',
      'not-connected',
      'version-unsupported',
    ],
    audit: {
      act: 'charge-point.password',
      targetKind: 'charge-point',
      request: withoutSecret,
      result: withoutPassword,
    },
    act: changePassword,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/boot',
    description:
      'Sets how its BootNotifications are answered. A pending charge point that may proceed is asked to boot at once.',
    scope: 'operate',
    body: object({ answer: { type: 'string', enum: BOOT_POLICIES, description: 'How boots are answered.' } }),
    answer: object({ id: text('The OCPP identity.'), answer: text('How boots are answered.') }),
    problems: ['not-found'],
    audit: { act: 'charge-point.boot', targetKind: 'charge-point', state: bootState },
    act: setBootPolicy,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/quarantine/clear',
    description: 'Lifts the quarantine, so that sessions start there again.',
    scope: 'operate',
    body: object({ note: { type: 'string', minLength: 1, maxLength: 1000, description: 'What was found.' } }),
    answer: object({ id: text('The OCPP identity.'), cleared: flag('Always true.') }),
    problems: ['not-found', 'not-quarantined'],
    audit: { act: 'charge-point.quarantine-clear', targetKind: 'charge-point', state: quarantineState },
    act: clearQuarantine,
  },
  {
    method: 'POST',
    path: '/api/rejected-connections/:id/approve',
    description:
      'Approves one of them, so that it may connect: as a new charge point, with a security profile or the default one, or with {"as": …} as another spelling of a known one. The password of a new one is shown once.',
    scope: 'operate',
    body: object(
      {},
      {
        profile: { type: 'integer', enum: PROFILES, description: 'The security profile of a new one.' },
        as: text('The known charge point of which it is another spelling; it connects with that one’s password.'),
      },
    ),
    answer: APPROVAL,
    problems: ['not-in-list', 'already-known', 'unknown-charge-point', 'profile-not-allowed'],
    audit: { act: 'charge-point.approve', targetKind: 'charge-point', result: withoutPassword },
    act: approveChargePoint,
  },
  {
    method: 'DELETE',
    path: '/api/spellings/:id',
    description:
      'Takes a spelling back: nobody connects under it any more. The socket of its charge point is closed, and may be opened again under another name of it.',
    scope: 'operate',
    answer: SPELLING,
    problems: ['not-found'],
    audit: { act: 'spelling.remove', targetKind: 'spelling', state: spellingState },
    act: removeSpelling,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/commands/:action',
    description:
      'Sends any OCPP action that a central system may call; the JSON body is its payload. The response is stored.',
    scope: 'operate',
    query: {
      withinS: decimalParameter(1, MAX_TIMEOUT_S, 'Seconds that it may wait to be sent.'),
      timeoutS: decimalParameter(1, MAX_TIMEOUT_S, 'Seconds that the charger may take to answer.'),
    },
    body: { type: 'object', description: 'the payload of the action' },
    answer: LOG_ENTRY,
    problems: ['not-found', 'forbidden', 'credential', 'location', 'quarantined'],
    audit: {
      act: 'charge-point.command',
      targetKind: 'charge-point',
      targetId: ({ req }) => idParameter(req),
      request: ({ req, body }) => ({ action: pathParameter(req, 'action'), payload: maskSecrets(body) }),
      result: (body) => body as { readonly [name: string]: Json },
    },
    act: sendCommand,
  },
];

export const CHARGE_POINT_ENDPOINTS: readonly Endpoint[] = [...READING, ...ACTING];
