/** Defines the response schemas for orders, sessions, transactions and ratings. */
import {
  any,
  choice,
  decimal,
  list,
  money,
  object,
  open,
  text,
  time,
  whole,
  flag,
  type JsonSchema,
} from '../http/json-schema.js';
import { ORDER_STATES } from '../../domain/model/order.js';

const NEXT = { next: text('The cursor of the next page; absent on the last one.') };

/** Builds the schema of one page of a list. */
export function pageOf(name: string, item: JsonSchema): JsonSchema {
  return object({ [name]: list(item) }, NEXT);
}

const STATE = choice(ORDER_STATES, 'The state of the order.');

const PLACE = {
  providerId: text('The provider (CPO).'),
  stationId: text('The station.'),
  chargePointId: text('The OCPP identity.'),
  connectorId: whole('The OCPP connector id.'),
};

const BUYER = {
  network: text('The Beckn network; `trial` for a trial.'),
  bapId: text('The buyer app.'),
  becknTransactionId: text('The `transaction_id` of the Beckn messages.'),
};

const TRIAL = flag('true for an order of a trial, which is not posted and not settled.');

const LIVE_FIGURES = {
  transactionId: text('The OCPP transaction.'),
  energyWh: whole('Delivered so far, or at the end, Wh.'),
  elapsedS: whole('Seconds since the start was received, until the end.'),
  powerW: decimal('The power that was last shown, W; absent after the end.'),
  soc: decimal('State of charge, percent.'),
  ...time('lastReadingAt', 'When the last reading was received.'),
};

const DEADLINES = object(
  {},
  {
    ...time('startBy', 'No session is awaited after this time.'),
    ...time('endBy', 'The session is stopped at this time.'),
    ...time('proveAliveBy', 'By when the session must be heard of.'),
  },
  'The times by which a confirmed order must have got on.',
);

const ORDER = object(
  {
    id: text('The Beckn order.'),
    state: STATE,
    ...BUYER,
    ...PLACE,
    currency: text('ISO 4217.'),
    ...money('authorised', 'The most that the bill may come to; 0 before the confirm.'),
    capWh: whole('The energy at which the session stops, Wh.'),
    connectorStatus: text('The status of the connector as the order last recorded it.'),
    ...time('createdAt', 'When the order was created.'),
    ...time('updatedAt', 'When it was last saved.'),
  },
  {
    trial: TRIAL,
    ...LIVE_FIGURES,
    ...money('cost', 'The charging so far, before discounts, taxes and fees.'),
    ...money('billed', 'The total of the bill.'),
    stop: object(
      {
        reason: text('Who or what stops the session, such as `operator`.'),
        ...time('at', 'When.'),
        attempts: whole('Stops sent.'),
      },
      {},
      'Present once the session is asked to stop.',
    ),
    outcome: text('Why the order ended, such as `stopped-by-operator`.'),
    outcomeText: text('The sentence for the buyer.'),
    closedBy: object(
      { name: text('The person.'), reason: text('Why.'), ...time('at', 'When.') },
      {},
      'Who closed the order by hand.',
    ),
    deadlines: DEADLINES,
  },
);

export const ORDER_PAGE = pageOf('orders', ORDER);

export const WHOLE_ORDER: JsonSchema = {
  ...open('The order as it is stored, with its session, bill, callbacks and commands. People in it are masked.'),
  properties: {
    id: text('The Beckn order.'),
    state: STATE,
    connector: object(PLACE),
    tariff: open('The tariff that was promised.'),
    effects: list(open('A callback or command that is still to be sent.')),
    ...money('authorised', 'The most that the bill may come to.'),
    ...money('quoted', 'The total of the quote.'),
    ...money('billed', 'The total of the bill.'),
    ...money('refund', 'What is returned to the buyer.'),
    ...time('createdAt', 'When the order was created.'),
    ...time('updatedAt', 'When it was last saved.'),
  },
  required: ['id', 'state', 'connector', 'effects', 'authorised', 'authorisedMoney', 'createdAt', 'createdAtIso'],
};

export const ORDER_METER = object({
  orderId: text('The Beckn order.'),
  signed: list(
    object(
      { data: text('The signed data as the charger sent it.') },
      {
        timestamp: text('As the charger wrote it.'),
        context: text('As the charger wrote it.'),
        measurand: text('As the charger wrote it.'),
        method: text('As the charger wrote it.'),
        encoding: text('As the charger wrote it.'),
        publicKey: text('As the charger wrote it.'),
      },
    ),
    'Signed meter values, of the readings and of the stop.',
  ),
  entries: list(
    object(
      {
        seq: whole('Ascending; `after` continues from it.'),
        chargePointId: text('The OCPP identity.'),
        connectorId: whole('The OCPP connector id.'),
        ...time('receivedAt', 'When it was received.'),
        payload: any('The OCPP payload.'),
      },
      { orderId: text('The Beckn order.') },
    ),
  ),
});

export const SESSION_LIST = object({
  sessions: list(
    object(
      {
        orderId: text('The Beckn order.'),
        state: STATE,
        ...BUYER,
        ...PLACE,
        capWh: whole('Where it stops, Wh.'),
        currency: text('ISO 4217.'),
      },
      {
        trial: TRIAL,
        ...LIVE_FIGURES,
        ...money('energyCost', 'The charging so far, before discounts, taxes and fees.'),
        stop: object(
          {
            reason: text('Who or what stops the session.'),
            ...time('at', 'When the stop was first asked for.'),
            attempts: whole('Stops sent.'),
            ...time('retryAt', 'When it is repeated.'),
          },
          {},
          'Present once the session is asked to stop.',
        ),
        deadlines: DEADLINES,
      },
    ),
  ),
});

export const ORDER_ACCEPTED = object({ orderId: text('The Beckn order.'), accepted: flag('Always true.') });

export const RATING_PAGE = pageOf(
  'ratings',
  object(
    {
      id: text('Unique.'),
      ...time('at', 'When it was received.'),
      ...BUYER,
      ratedId: text('The id of what was rated, as the buyer app wrote it.'),
      category: text('The rating category.'),
      value: decimal('From 0 to 10, on the buyer app’s own scale.'),
    },
    { orderId: text('The rated order, or the order in whose transaction something was rated.') },
  ),
);

export const TRANSACTION_PAGE = pageOf(
  'transactions',
  object(
    {
      chargePointId: text('The OCPP identity.'),
      transactionId: text('Unique at its charge point.'),
      startKey: text('Recognises a repeated start.'),
      connectorId: whole('The OCPP connector id.'),
      idTag: text('The tag with which it began.'),
      meterStartWh: whole('The register at the start, Wh.'),
      ...time('startedAt', 'The start, by the charger’s clock.'),
      ...time('receivedAt', 'When the start was received.'),
    },
    {
      orderId: text('Absent for a transaction that no order bought.'),
      stop: object(
        {
          ...time('at', 'The stop, by the charger’s clock.'),
          ...time('receivedAt', 'When it was received.'),
          reason: text('OCPP.'),
        },
        { meterStopWh: whole('The register at the stop, Wh.') },
      ),
      eventRecord: open('What the events of a 2.x transaction have shown.'),
      followed: flag('Another transaction has begun on its connector since.'),
      refused: flag('OCPP 1.6: its start was refused.'),
    },
  ),
);
