/**
 * Serves the settlement of a day or a range of days, as JSON and CSV, with the place, session, price lines and open
 * issues of each order.
 */
import type { Request, RequestHandler } from 'express';
import { formatMinor } from '../../domain/model/money.js';
import { withIsoTimes, withMoney } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import { hasAll, queryNumber, queryParameter, queryTexts } from '../http/parameters.js';
import { badParameter, sendProblem, type Problem } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { sendTexts } from '../http/streaming.js';
import { dayRange, ledgerPages } from './ledger.js';
import {
  addToTotal,
  AMOUNT_COLUMNS,
  compareSettlements,
  csvField,
  emptyTotal,
  SettlementSums,
} from './settlement-csv.js';
import type { OrderSettlement } from './settlement-csv.js';
import { settlementRows, unbilledSums, type SettlementRow } from './settlement-rows.js';

const DAY_MS = 86_400_000;
const MAX_DAYS = 92;

interface Period {
  readonly firstDay: string;
  readonly lastDay: string;
  /** Epoch ms; `until` is exclusive. */
  readonly from: number;
  readonly until: number;
}

export function reportSettlement(deps: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const period = readPeriod(req, deps.config.payments.utcOffsetMin);
    if ('code' in period) return sendProblem(res, period);
    const rows = await findRows(deps, req, period);
    res.type('json');
    await sendTexts(res, jsonTexts(period, rows), deps.clock);
  };
}

export function downloadSettlementReport(deps: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const { utcOffsetMin } = deps.config.payments;
    const period = readPeriod(req, utcOffsetMin);
    if ('code' in period) return sendProblem(res, period);
    const rows = await findRows(deps, req, period);
    res.setHeader('Content-Type', 'text/csv; charset=utf-8');
    res.setHeader('Content-Disposition', `attachment; filename="settlement-${nameOf(period).replace('/', '_')}.csv"`);
    await sendTexts(res, csvTexts(period, rows, utcOffsetMin), deps.clock);
  };
}

/**
 * Reads the period from `day`, or from `firstDay` and `lastDay`, both inclusive; `lastDay` is `firstDay` by default.
 */
function readPeriod(req: Pick<Request, 'query'>, utcOffsetMin: number): Period | Problem {
  const day = queryParameter(req, 'day');
  const firstDay = day ?? queryParameter(req, 'firstDay');
  const lastDay = day ?? queryParameter(req, 'lastDay') ?? firstDay;
  const [beside] = Object.keys(queryTexts(req, ['firstDay', 'lastDay']));
  if (day !== undefined && beside !== undefined) return badParameter(beside, 'must not be given beside day');
  if (firstDay === undefined || lastDay === undefined)
    return badParameter('day', 'is missing, or firstDay and lastDay');
  const [first, last] = [dayRange(firstDay, utcOffsetMin), dayRange(lastDay, utcOffsetMin)];
  if (!first || !last || last.from < first.from) return badParameter('lastDay', 'must not be before firstDay', lastDay);
  if (last.until - first.from > MAX_DAYS * DAY_MS)
    return badParameter('lastDay', `must be within ${MAX_DAYS} days`, lastDay);
  return { firstDay, lastDay, from: first.from, until: last.until };
}

/**
 * Finds orders with postings in the period, and open, unbilled ones whose start was received in it. Keeps those that
 * the query asks for. Rows are sorted by buyer app, currency and order.
 */
async function findRows(
  deps: OperatorDeps,
  req: Pick<Request, 'query'>,
  period: Period,
): Promise<AsyncIterable<readonly SettlementRow[]>> {
  const bapId = queryParameter(req, 'bapId');
  const providerId = queryParameter(req, 'providerId');
  const { from, until } = period;
  const sums = new SettlementSums();
  const filter = {
    from,
    until,
    ...(bapId !== undefined && { bapId }),
    ...(providerId !== undefined && { providerId }),
  };
  for await (const page of ledgerPages(deps.store, deps.clock, filter)) sums.add(page);
  const posted = sums.rows();
  const known = new Set(posted.map(({ orderId }) => orderId));
  const unbilled = unbilledSums(deps, period, bapId).filter(
    (one) => !known.has(one.orderId) && (providerId === undefined || one.providerId === providerId),
  );
  const sorted = await sortInTurns([...posted, ...unbilled], compareSettlements, deps.clock);
  return keepWanted(settlementRows(deps, sorted), req);
}

/**
 * Keeps the rows that match every given filter: order, Beckn transaction, network, station, charge point and connector.
 */
async function* keepWanted(
  batches: AsyncIterable<readonly SettlementRow[]>,
  req: Pick<Request, 'query'>,
): AsyncIterable<readonly SettlementRow[]> {
  const ofOrder = queryTexts(req, ['network', 'stationId', 'chargePointId']);
  const ofRow = queryTexts(req, ['orderId', 'becknTransactionId']);
  const connectorId = queryNumber(req, 'connectorId');
  for await (const batch of batches)
    yield batch.filter(
      (row) =>
        hasAll(row, ofRow) &&
        hasAll(row.order ?? {}, ofOrder) &&
        (connectorId === undefined || row.order?.connectorId === connectorId),
    );
}

async function* jsonTexts(period: Period, batches: AsyncIterable<readonly SettlementRow[]>): AsyncIterable<string> {
  yield `${JSON.stringify(withIsoTimes(period)).slice(0, -1)},"orders":[`;
  const totals = new Map<string, OrderSettlement>();
  let separator = '';
  for await (const batch of batches) {
    for (const row of batch) {
      const key = `${row.bapId}\n${row.currency}`;
      totals.set(key, addToTotal(totals.get(key) ?? emptyTotal(row), row));
      yield separator + JSON.stringify(withIsoTimes(orderView(row)));
      separator = ',';
    }
  }
  yield `],"totals":${JSON.stringify([...totals.values()].map(amountsOf))}}`;
}

function orderView({ order, open, ...sums }: SettlementRow): object {
  const { priceLines = [], ...facts } = order ?? {};
  const { orderId, becknTransactionId, providerId } = sums;
  return {
    orderId,
    becknTransactionId,
    providerId,
    ...facts,
    ...amountsOf(sums),
    priceLines: priceLines.map(({ code, title, amount }) => ({ code, title, ...withMoney({ amount }, sums.currency) })),
    open,
  };
}

function amountsOf(sums: OrderSettlement): object {
  const amounts = Object.fromEntries(AMOUNT_COLUMNS.map((name) => [name, sums[name]]));
  const { bapId, currency, energyWh } = sums;
  return { bapId, currency, energyWh, ...withMoney(amounts, currency) };
}

const CSV_NAMES = [
  ...['period', 'network', 'bap_id', 'order_id', 'transaction_id', 'provider_id', 'station_id', 'charge_point_id'],
  ...['connector_id', 'ocpp_transaction_id', 'state', 'outcome', 'begin', 'end', 'meter_begin_kwh', 'meter_end_kwh'],
  ...['delivered_kwh', 'energy_kwh', 'currency', 'earned', 'fees', 'finder_fees', 'tax', 'billed', 'bap_holds'],
  ...['provider_holds', 'refunds_owed', 'price_lines', 'open'],
];

/**
 * Yields CSV (RFC 4180): energy in kWh, amounts in major units, times in the operator's zone. A `TOTAL` row follows the
 * orders of each buyer app and currency.
 */
async function* csvTexts(
  period: Period,
  batches: AsyncIterable<readonly SettlementRow[]>,
  utcOffsetMin: number,
): AsyncIterable<string> {
  yield `${CSV_NAMES.join(',')}\r\n`;
  const lineOf = (row: SettlementRow): string => csvLine(nameOf(period), row, utcOffsetMin);
  let total: OrderSettlement | undefined;
  for await (const batch of batches) {
    for (const row of batch) {
      if (total && (total.bapId !== row.bapId || total.currency !== row.currency)) {
        yield lineOf({ ...total, open: [] });
        total = undefined;
      }
      total = addToTotal(total ?? emptyTotal(row), row);
      yield lineOf(row);
    }
  }
  if (total) yield lineOf({ ...total, open: [] });
}

function nameOf({ firstDay, lastDay }: Period): string {
  return firstDay === lastDay ? firstDay : `${firstDay}/${lastDay}`;
}

function csvLine(period: string, { order, open, ...sums }: SettlementRow, utcOffsetMin: number): string {
  const kwh = (wh: number | undefined): string => (wh === undefined ? '' : (wh / 1000).toFixed(3));
  const time = (at: number | undefined): string => (at === undefined ? '' : zonedTime(at, utcOffsetMin));
  const lines = order?.priceLines.map(({ title, amount }) => `${title} ${formatMinor(amount, sums.currency)}`) ?? [];
  const texts = [
    ...[period, order?.network ?? '', sums.bapId, sums.orderId, sums.becknTransactionId, sums.providerId],
    ...[order?.stationId ?? '', order?.chargePointId ?? '', String(order?.connectorId ?? '')],
    ...[order?.transactionId ?? '', order?.state ?? '', order?.outcome ?? ''],
  ].map(csvField);
  const figures = [time(order?.begunAt), time(order?.endedAt), kwh(order?.meterBeginWh), kwh(order?.meterEndWh)];
  const amounts = AMOUNT_COLUMNS.map((name) => formatMinor(sums[name], sums.currency));
  const rest = [lines.join('; '), open.join('; ')].map(csvField);
  const energy = [kwh(order?.deliveredWh), kwh(sums.energyWh)];
  return `${[...texts, ...figures, ...energy, sums.currency, ...amounts, ...rest].join(',')}\r\n`;
}

/** Formats a time in RFC 3339 with the offset of the operator's zone. */
function zonedTime(at: number, utcOffsetMin: number): string {
  const [sign, minutes] = [utcOffsetMin < 0 ? '-' : '+', Math.abs(utcOffsetMin)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const local = new Date(at + utcOffsetMin * 60_000).toISOString().slice(0, 19);
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
