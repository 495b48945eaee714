/** Defines the response schemas for charge points, their logs and rejected connections. */
import { REJECTION_CODES } from '../../ports/charger-access.js';
import { choice, flag, list, object, open, text, time, whole, any, type JsonSchema } from '../http/json-schema.js';
import { pageOf } from './order-schemas.js';

const QUARANTINE = object(
  {
    ...time('since', 'Since when.'),
    reason: choice(['takeovers', 'other-certificate'], 'Why.'),
    detail: text('One sentence.'),
    address: text('The network address of the newer client.'),
  },
  {},
  'Two clients claim the identity; nothing starts there until an operator lifts it.',
);

const SUMMARY_REQUIRED = {
  id: text('The OCPP identity.'),
  online: flag('Whether it is connected.'),
  accepted: flag('Whether a BootNotification of it was accepted once.'),
  connectors: {
    type: 'object',
    description: 'The last reported status of each connector, by its number.',
    additionalProperties: object({
      status: text('The status, in the words of OCPP 1.6.'),
      errorCode: text('`NoError` if there is no fault.'),
      ...time('at', 'When it was received.'),
    }),
  } satisfies JsonSchema,
  hasPassword: flag('Whether a password of it is valid.'),
  protocolViolations: whole('Protocol violations since the process started.'),
};

const SUMMARY_OPTIONAL = {
  bootStatus: choice(['Pending', 'Rejected'], 'The answer to the last BootNotification, unless it was Accepted.'),
  quarantine: QUARANTINE,
  version: text('The OCPP version.'),
  profile: whole('The security profile of the connection, 0 to 3.'),
  certificateName: text('The CN of its client certificate.'),
  ...time('connectedAt', 'When the connection opened.'),
  ...time('lastSeenAt', 'When the last frame arrived.'),
  ...time('bootedAt', 'When it last booted.'),
};

export const CHARGE_POINT_LIST = object({
  online: whole('How many charge points are connected.'),
  chargePoints: list(object(SUMMARY_REQUIRED, SUMMARY_OPTIONAL)),
});

export const CHARGE_POINT = object(
  {
    ...SUMMARY_REQUIRED,
    orders: list(
      object({
        id: text('The Beckn order.'),
        state: text('The state of the order.'),
        connectorId: whole('The OCPP connector id.'),
      }),
      'Its open orders.',
    ),
  },
  {
    ...SUMMARY_OPTIONAL,
    boot: any('The last BootNotification.'),
    configuration: open('Configuration keys or variables, as read and reported.'),
  },
);

export const CALENDAR = object({
  id: text('The OCPP identity.'),
  ...time('now', 'The present.'),
  entries: list(
    object(
      {
        connectorId: whole('The OCPP connector id.'),
        orderId: text('The Beckn order.'),
        bapId: text('The buyer app.'),
        kind: choice(['booked', 'charging', 'starting'], 'What the order does.'),
        ...time('from', 'The beginning.'),
      },
      {
        ...time('until', 'The end of a booked slot.'),
        reservation: text('Whether the charger keeps the connector for the slot.'),
      },
    ),
  ),
});

export const PROTOCOL_VIOLATIONS = object({
  id: text('The OCPP identity.'),
  total: whole('Since the process started.'),
  rules: list(
    object({
      version: text('OCPP version.'),
      action: text('OCPP action.'),
      path: text('Where in the payload.'),
      keyword: text('The rule of JSON Schema.'),
      count: whole('How often.'),
      ...time('lastAt', 'When last.'),
      example: text('What was sent.'),
      lenient: flag('Whether the message was accepted nevertheless.'),
    }),
  ),
  quirks: list(text('The quirks in use on the connection.')),
});

export const LOG_ENTRY = object({
  id: text('Unique.'),
  chargePointId: text('The OCPP identity.'),
  ...time('at', 'When.'),
  kind: choice(['command', 'notification'], 'Whose message it is.'),
  action: text('The OCPP action.'),
  detail: any('The message, and of a command its state and response.'),
});

export const COMMAND_PAGE = pageOf('commands', LOG_ENTRY);
export const NOTIFICATION_PAGE = pageOf('notifications', LOG_ENTRY);

export const REJECTED_CONNECTIONS = object({
  rejectedConnections: list(
    object(
      {
        network: text('The network of the client: /24 for IPv4, /64 for IPv6.'),
        ...time('firstAt', 'The first attempt.'),
        ...time('lastAt', 'The last attempt.'),
        count: whole('Attempts.'),
        tls: flag('Whether it came over TLS.'),
        subprotocols: list(text('Offered in the last attempt.')),
        code: choice(REJECTION_CODES, 'Why the last attempt was refused.'),
        reason: text('The same in words.'),
        cure: text('What to do about it.'),
      },
      {
        id: text('The identity, unless it named none.'),
        identityFrom: choice(
          ['path', 'last-segment', 'basic-user'],
          'Where the identity was: after a base path, at the end of another path, or as user name of a password.',
        ),
        path: text('The path of its URL, unless no request could be read.'),
      },
    ),
  ),
});

export const SPELLING = object({
  id: text('As it is in the URL.'),
  chargePointId: text('The charge point for which it stands.'),
  ...time('approvedAt', 'When an operator approved it.'),
});

export const APPROVAL = object(
  { id: text('The identity in its URL.') },
  {
    as: text('The known charge point of which it is another spelling.'),
    profile: whole('The security profile of a new one, 0 to 3.'),
    password: text('Shown only now; absent if the profile needs none.'),
  },
);

export const PASSWORD_CHANGE = object(
  { result: choice(['in-force', 'unchanged', 'both-valid', 'both-until-new-used'], 'Which passwords are valid now.') },
  { password: text('Shown only now, if it was generated.'), chargerStatus: text('The charger’s answer.') },
);
