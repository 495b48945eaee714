/** Defines the endpoints for discrepancies, the ledger, settlements and statements. */
import type { Json } from '../../domain/model/object.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Endpoint } from '../http/endpoint.js';
import { choice, flag, list, money, object, text, time, whole } from '../http/json-schema.js';
import { PAGE_PARAMETERS, TIME_PARAMETERS } from '../http/paging.js';
import { choiceParameter, dayParameter, flagParameter, textParameter } from '../http/parameters.js';
import { AMOUNT_UNITS, DISCREPANCY_KINDS } from '../finance/discrepancy-kinds.js';
import { closeDiscrepancy, listDiscrepancies } from '../finance/discrepancies.js';
import { downloadSettlement, listLedger, POSTING_KINDS } from '../finance/ledger.js';
import { downloadSettlementReport, reportSettlement } from '../finance/settlement-report.js';
import { importStatement } from '../finance/statement-import.js';
import { ORDER_PARAMETERS } from '../operations/order-filter.js';
import { PLACE_PARAMETERS } from '../operations/place-filter.js';
import { pageOf } from './order-schemas.js';

const { orderId, becknTransactionId, transactionId, bapId, network } = ORDER_PARAMETERS;
const { chargePointId, stationId, providerId, connectorId } = PLACE_PARAMETERS;

const DISCREPANCY_REQUIRED = {
  id: text('Unique.'),
  kind: choice(DISCREPANCY_KINDS, 'See docs/discrepancies.md.'),
  ...time('at', 'When it was found.'),
  detail: text('One sentence with the figures.'),
};
const DISCREPANCY_OPTIONAL = {
  amount: whole('Wh, minor units or another count, as `amountUnit` says.'),
  orderId: text('The Beckn order.'),
  chargePointId: text('The OCPP identity.'),
  transactionId: text('The OCPP transaction.'),
  ...time('closedAt', 'When a person closed it.'),
  closedNote: text('What was done.'),
};

const DISCREPANCY_PAGE = pageOf(
  'discrepancies',
  object(DISCREPANCY_REQUIRED, {
    ...DISCREPANCY_OPTIONAL,
    bapId: text('The buyer app of its order.'),
    network: text('The Beckn network of its order.'),
    stationId: text('The station of its order.'),
    connectorId: whole('The OCPP connector id of its order.'),
    amountUnit: choice(AMOUNT_UNITS, 'What `amount` counts; absent if only the detail says so.'),
    amountMoney: { $ref: '#/components/schemas/Money' },
  }),
);

const LEDGER_PAGE = pageOf(
  'entries',
  object(
    {
      id: text('`<order>/<version>/<kind>`.'),
      orderId: text('The Beckn order.'),
      bapId: text('The buyer app.'),
      becknTransactionId: text('The `transaction_id` of the Beckn messages.'),
      providerId: text('The provider (CPO).'),
      currency: text('ISO 4217.'),
      version: whole('The version of the order.'),
      ...time('at', 'When it was posted.'),
      kind: choice(POSTING_KINDS, 'What was posted.'),
      lines: list(object({ account: text('The account.'), ...money('amount', 'A debit is positive.') })),
    },
    { energyWh: whole('The billed energy, Wh; only for a bill.') },
  ),
);

const STATEMENT_ANSWER = object({
  lines: whole('How many lines were read.'),
  matched: list(
    object({
      id: text('The provider’s payment id.'),
      kind: choice(['payment', 'refund'], 'What it is.'),
      ...money('amount', 'As stated.'),
      currency: text('ISO 4217.'),
      at: { type: 'string', format: 'date-time', description: 'RFC 3339, UTC.' },
    }),
  ),
  mismatched: list(
    object(
      {
        problem: choice(DISCREPANCY_KINDS, 'The kind of the discrepancy.'),
        id: text('The provider’s payment id.'),
        kind: choice(['payment', 'refund'], 'What it is.'),
        currency: text('ISO 4217.'),
        detail: text('One sentence.'),
        discrepancyId: text('Its discrepancy.'),
        opened: flag('Whether this import opened it.'),
      },
      {
        ...money('stated', 'In the statement.'),
        ...money('known', 'In the order.'),
        orderId: text('The Beckn order.'),
      },
    ),
  ),
});

const SETTLEMENT_PARAMETERS = {
  day: dayParameter('A day, in the time zone of settlements.'),
  firstDay: dayParameter('The first day of a range.'),
  lastDay: dayParameter('The last day of a range.'),
  orderId,
  becknTransactionId,
  bapId,
  network,
  providerId,
  stationId,
  chargePointId,
  connectorId,
};

const SETTLED_AMOUNTS = {
  bapId: text('The buyer app.'),
  currency: text('ISO 4217.'),
  energyWh: whole('The billed energy, Wh.'),
  ...money('earned', 'By the provider’s chargers, before fees and taxes.'),
  ...money('fees', 'Service and platform fees.'),
  ...money('finderFees', 'The buyer app’s.'),
  ...money('tax', 'Taxes.'),
  ...money('billed', 'The sum of the bills.'),
  ...money('bapHolds', 'Collected by the buyer app for us, less its refunds.'),
  ...money('providerHolds', 'Collected by our payment provider, less its refunds.'),
  ...money('refundsOwed', 'Due to the buyer and not refunded yet.'),
};

const SETTLEMENT = object({
  firstDay: text('The first day.'),
  lastDay: text('The last day.'),
  ...time('from', 'Its beginning.'),
  ...time('until', 'Its end, exclusive.'),
  orders: list(
    object(
      {
        orderId: text('The Beckn order.'),
        becknTransactionId: text('The `transaction_id` of the Beckn messages.'),
        providerId: text('The provider (CPO).'),
        ...SETTLED_AMOUNTS,
        priceLines: list(
          object({
            code: text('Such as `energy` or `tax`.'),
            title: text('Its name.'),
            ...money('amount', 'It adds.'),
          }),
        ),
        open: list(text('`not-billed`, `refund-owed`, or the kind of an open discrepancy.')),
      },
      {
        network: text('The Beckn network.'),
        stationId: text('The station.'),
        chargePointId: text('The OCPP identity.'),
        connectorId: whole('The OCPP connector id.'),
        state: text('The state of the order.'),
        outcome: text('Why it ended.'),
        transactionId: text('The OCPP transaction.'),
        ...time('begunAt', 'The begin of the session, by the charger’s clock.'),
        ...time('endedAt', 'Its end, by the charger’s clock.'),
        meterBeginWh: whole('The register at the begin, Wh.'),
        meterEndWh: whole('The register at the end, Wh.'),
        deliveredWh: whole('Delivered so far, or at the end, Wh.'),
      },
    ),
  ),
  totals: list(object(SETTLED_AMOUNTS)),
});

async function discrepancyState({ store }: OperatorDeps, id: string): Promise<Json | undefined> {
  const found = await store.discrepancy(id);
  return found && { kind: found.kind, closedAt: found.closedAt ?? null, closedNote: found.closedNote ?? null };
}

export const FINANCE_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/discrepancies',
    description: 'Discrepancies, newest first.',
    scope: 'read',
    query: {
      ...PAGE_PARAMETERS,
      open: flagParameter('Whether nobody has closed it.'),
      kind: choiceParameter(DISCREPANCY_KINDS, 'The kind.'),
      orderId,
      becknTransactionId,
      transactionId,
      bapId,
      network,
      ...PLACE_PARAMETERS,
      ...TIME_PARAMETERS,
    },
    answer: DISCREPANCY_PAGE,
    handle: listDiscrepancies,
  },
  {
    method: 'POST',
    path: '/api/discrepancies/:id/close',
    description: 'Closes a discrepancy.',
    scope: 'operate',
    body: object({ note: { type: 'string', minLength: 1, maxLength: 1000, description: 'What was done.' } }),
    answer: object(DISCREPANCY_REQUIRED, DISCREPANCY_OPTIONAL),
    problems: ['not-found'],
    audit: { act: 'discrepancy.close', targetKind: 'discrepancy', state: discrepancyState },
    act: closeDiscrepancy,
  },
  {
    method: 'GET',
    path: '/api/ledger',
    description: 'Postings, newest first: double entry, debits positive.',
    scope: 'money',
    query: {
      ...PAGE_PARAMETERS,
      day: dayParameter('The day, in the time zone of settlements.'),
      bapId,
      orderId,
      becknTransactionId,
      network,
      ...PLACE_PARAMETERS,
      kind: choiceParameter(POSTING_KINDS, 'What was posted.'),
      ...TIME_PARAMETERS,
    },
    answer: LEDGER_PAGE,
    handle: listLedger,
  },
  {
    method: 'GET',
    path: '/api/settlements/:day.csv',
    description: 'The postings of a day as CSV, one line per order, with a total per buyer app.',
    scope: 'money',
    query: { bapId: textParameter('Keeps one buyer app.') },
    answer: { contentType: 'text/csv', description: 'RFC 4180, with a first row of names.' },
    handle: downloadSettlement,
  },
  {
    method: 'GET',
    path: '/api/settlements',
    description:
      'The settlement of a day or of up to 92 days: each order with its place, begin, end, meter, energy, price lines and what is open, and totals per buyer app. Orders that are not billed yet are among them.',
    scope: 'money',
    query: SETTLEMENT_PARAMETERS,
    answer: SETTLEMENT,
    handle: reportSettlement,
  },
  {
    method: 'GET',
    path: '/api/settlements.csv',
    description: 'The same as CSV, with times in the operator’s zone.',
    scope: 'money',
    query: SETTLEMENT_PARAMETERS,
    answer: { contentType: 'text/csv', description: 'RFC 4180, with a first row of names.' },
    handle: downloadSettlementReport,
  },
  {
    method: 'POST',
    path: '/api/payments/statement',
    description:
      'Compares a payment provider’s statement (CSV with the columns id, kind, amount, currency, at, or {"lines": […]}) with the orders. Each mismatch opens one discrepancy.',
    scope: 'money',
    query: { day: dayParameter('The day of the statement; by default the time from its first line to its last.') },
    body: 'text',
    answer: STATEMENT_ANSWER,
    audit: {
      act: 'payments.statement',
      targetKind: 'statement',
      targetId: ({ req }) => (typeof req.query['day'] === 'string' ? req.query['day'] : ''),
    },
    act: importStatement,
  },
];
