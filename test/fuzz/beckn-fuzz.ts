/**
 * A buyer app that damages its requests and mixes dialects in one transaction. It faces the whole request pipeline, the
 * core and a charger.
 */
import { isTerminal, type Order } from '../../src/domain/model/order.js';
import { type BecknFamily, becknCheck } from '../../src/schema/validators.js';
import { BAP, openPipeline } from '../conformance/beckn/open-pipeline.js';
import { NETWORK as NUMBERED } from '../conformance/beckn/core-2x-exchange.js';
import { type BridgeHarness, createBridgeHarness } from '../fakes/bridge-harness.js';
import { settle } from '../fakes/manual-clock.js';
import { SeededRandom } from '../simulation/runtime/seeded-random.js';
import { NETWORK, PEER } from '../unit/beckn/samples.js';
import { DIALECTS, goldenRequests, damage, type RequestTemplate, renderRequest } from './beckn-requests.js';

export interface BecknFuzz {
  readonly requests: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** The number of transactions whose newest order was confirmed. */
  readonly confirmed: number;
  readonly problems: readonly string[];
}

const CP = 'CP7';
/** The usual order of actions; sometimes another action is sent. */
const STAGES = ['select', 'init', 'confirm', 'confirm', 'update', 'status', 'cancel', 'update'];
const STEPS = 12;
const DAY_MS = 86_400_000;
/** Events that report an error of the bridge itself. */
const OWN_FAULTS: ReadonlySet<string> = new Set(['bug', 'callback.invalid', 'store.failed']);

/** @param rounds The number of transactions, each with a dozen requests. */
export async function fuzzBeckn(rounds: number, seed: number): Promise<BecknFuzz> {
  const random = new SeededRandom(seed, 'beckn');
  const problems: string[] = [];
  const totals = { requests: 0, acknowledged: 0, refused: 0, confirmed: 0 };
  const templates = goldenRequests();
  for (let first = 0; first < rounds; first += 40) {
    const harness = await createBridgeHarness(random.happens(0.5) ? NUMBERED : NETWORK, undefined, { peer: PEER });
    await harness.connect(CP);
    for (let round = first; round < Math.min(rounds, first + 40); round += 1) {
      const roundProblems = await transaction(harness, templates, round, random, totals);
      problems.push(...roundProblems.map((problem) => `seed ${seed}, round ${round}: ${problem}`));
    }
    await harness.stop();
  }
  return { ...totals, problems };
}

type Totals = { -readonly [name in Exclude<keyof BecknFuzz, 'problems'>]: number };

async function transaction(
  harness: BridgeHarness,
  templates: readonly RequestTemplate[],
  round: number,
  random: SeededRandom,
  totals: Totals,
): Promise<string[]> {
  const roundProblems: string[] = [];
  const id = `2b4d69aa-0000-4c78-9f56-${String(round).padStart(12, '0')}`;
  const latestOrder = (): Promise<Order | undefined> => harness.store.orderByTransaction(`main/${BAP}`, id);
  const dialect = random.pick(DIALECTS);
  const pendingAnswers = new Map<string, string>();
  const [callbackStart, eventStart] = [harness.callbacks.length, harness.events.all.length];
  let pipeline = openPipeline(harness, PEER);
  for (let step = 0; step < STEPS; step += 1) {
    const template = pickTemplate(templates, dialect, STAGES[step], random);
    const order = await latestOrder();
    totals.requests += 1;
    const message = `4618752a-c502-4503-bd75-${String(totals.requests).padStart(12, '0')}`;
    const ids = { transaction: id, message, order: order?.id ?? '', quote: order?.quote.id ?? '' };
    const body = renderRequest(template, ids, harness.clock.now());
    for (let damages = random.happens(0.5) ? 0 : random.between(1, 3); damages > 0; damages -= 1)
      damage(random.happens(0.85) ? (body['message'] ?? body) : body, random);
    const text = JSON.stringify(body);
    const answer = await pipeline.process({ action: template.action, rawBody: Buffer.from(text), headers: {} });
    await settle(12);
    if (answer.status === 200) {
      totals.acknowledged += 1;
      pendingAnswers.set(messageIdOf(body), `${template.dialect} ${template.action}: ${text}`);
    } else {
      totals.refused += 1;
      if (answer.status >= 500 || !answer.body.includes('"error"'))
        roundProblems.push(`${answer.status} ${answer.body} to ${text}`);
    }
    await advanceCharging(harness, await latestOrder(), random);
    if (random.happens(0.05)) {
      await harness.restart();
      await harness.connect(CP);
      pipeline = openPipeline(harness, PEER);
    }
  }
  await endOpenOrders(harness);
  const callbacks = harness.callbacks.slice(callbackStart).map(({ action, body }) => ({ action, body: body }));
  const answered = new Set(callbacks.map(({ body }) => messageIdOf(body)));
  for (const [message, problem] of pendingAnswers)
    if (!answered.has(message)) roundProblems.push(`no answer to ${problem}`);
  for (const { action, body } of callbacks) {
    const wrong = becknCheck(familyOf(body), action)?.(body);
    if (wrong) roundProblems.push(`${action} breaks its schema at ${wrong.path}: ${wrong.message}`);
  }
  for (const { name, detail } of harness.events.all.slice(eventStart))
    if (OWN_FAULTS.has(name)) roundProblems.push(`${name} ${JSON.stringify(detail)}`);
  const last = await latestOrder();
  if (last?.idTag !== undefined) totals.confirmed += 1;
  return [...roundProblems, ...(last ? problemsOf(last) : [])];
}

function pickTemplate(
  templates: readonly RequestTemplate[],
  ownDialect: string,
  stage: string | undefined,
  random: SeededRandom,
): RequestTemplate {
  const candidates = random.happens(0.3) ? templates : templates.filter(({ dialect }) => dialect === ownDialect);
  const fitting =
    stage !== undefined && random.happens(0.8) ? candidates.filter(({ action }) => action === stage) : candidates;
  return random.pick(fitting.length > 0 ? fitting : candidates);
}

/** Acts as the charger: sometimes starts the transaction for which an order waits, or ends a running one. */
async function advanceCharging(harness: BridgeHarness, order: Order | undefined, random: SeededRandom): Promise<void> {
  if (!order) return;
  if ((order.state === 'starting' || order.state === 'confirmed') && random.happens(0.6)) {
    await harness.clock.advance(1000);
    await harness.startTransaction(await harness.order(order.id), 1_000_000);
  } else if (order.session && !order.session.end && random.happens(0.4)) {
    await harness.clock.advance(60_000);
    await stopTransaction(harness, order, 1_000_500);
  }
}

async function stopTransaction(harness: BridgeHarness, { session, idTag }: Order, meterStopWh: number): Promise<void> {
  const stop = { transactionId: session?.transactionId ?? '', idTag: idTag ?? '', meterStopWh };
  await harness.sendEvent(
    { type: 'transaction-stopped', ...stop, at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' },
    CP,
  );
  await settle(10);
}

/** Ends running transactions and advances the clock until all timeouts have expired. */
async function endOpenOrders(harness: BridgeHarness): Promise<void> {
  await harness.clock.advance(3_600_000);
  await settle(10);
  for (const order of harness.bridge.openOrders())
    if (order.session && !order.session.end) await stopTransaction(harness, order, 1_000_900);
  for (const ms of [3_600_000, DAY_MS]) {
    await harness.clock.advance(ms);
    await settle(10);
  }
  await harness.sendEvent(
    { type: 'connector-status-changed', connectorId: 1, status: 'Available', errorCode: 'NoError' },
    CP,
  );
}

function problemsOf(order: Order): string[] {
  const { bill, payment, state } = order;
  const wrong = bill && !(Number.isSafeInteger(bill.total) && bill.total >= 0 && bill.total <= order.authorised);
  return [
    ...(order.idTag !== undefined && !isTerminal(order) ? [`order ${order.id} never left the state ${state}`] : []),
    ...(wrong ? [`order ${order.id} is billed ${bill.total}, authorised ${order.authorised}`] : []),
    ...(bill && payment && bill.total > payment.paid ? [`order ${order.id} is billed more than the payment`] : []),
  ];
}

function messageIdOf(body: { readonly [key: string]: unknown }): string {
  const context = body['context'] as { readonly [key: string]: unknown } | undefined;
  return String(context?.['message_id'] ?? context?.['messageId']);
}

function familyOf(body: { readonly [key: string]: unknown }): BecknFamily {
  const context = body['context'] as { readonly [key: string]: unknown };
  if (context['bapId'] !== undefined) return 'lts-2.0.0';
  if (context['version'] === '2.0.0') return 'ubc-2.0.0';
  return context['domain'] === 'uei:charging' ? 'uei-charging-1.0.0' : 'ev-charging-1.1.0';
}
