/** A buyer app that spoils its requests and mixes dialects in one transaction, in front of the pipeline, the core and a charger. */
import { isTerminal, type Order } from '../../src/domain/model/order.js';
import { type BecknFamily, becknCheck } from '../../src/schema/validators.js';
import { BAP, openDoor } from '../conformance/beckn/open-door.js';
import { NETWORK as NUMBERED } from '../conformance/beckn/stage-2.js';
import { type BridgeWorld, createBridgeWorld } from '../fakes/bridge-world.js';
import { settle } from '../fakes/manual-clock.js';
import { Chance } from '../simulation/chance.js';
import { NETWORK, PEER } from '../unit/beckn/samples.js';
import { DIALECTS, goldenRequests, spoil, type GoldenRequest, writeRequest } from './beckn-requests.js';

export interface BecknFuzz {
  readonly requests: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Orders that were confirmed. */
  readonly confirmed: number;
  readonly complaints: readonly string[];
}

const CP = 'CP7';
/** What usually comes when; now and then something else does. */
const STAGES = ['select', 'init', 'confirm', 'confirm', 'update', 'status', 'cancel', 'update'];
const STEPS = 12;
const DAY_MS = 86_400_000;
/** What the bridge itself calls its own mistake. */
const OWN_FAULTS: ReadonlySet<string> = new Set(['bug', 'callback.invalid', 'store.failed']);

/** @param rounds Transactions of a dozen requests each. */
export async function fuzzBeckn(rounds: number, seed: number): Promise<BecknFuzz> {
  const chance = new Chance(seed, 'beckn');
  const complaints: string[] = [];
  const sum = { requests: 0, acknowledged: 0, refused: 0, confirmed: 0 };
  const all = goldenRequests();
  for (let first = 0; first < rounds; first += 40) {
    const world = await createBridgeWorld(chance.happens(0.5) ? NUMBERED : NETWORK, undefined, { peer: PEER });
    await world.connect(CP);
    for (let round = first; round < Math.min(rounds, first + 40); round += 1) {
      const found = await transaction(world, all, round, chance, sum);
      complaints.push(...found.map((what) => `seed ${seed}, round ${round}: ${what}`));
    }
    await world.stop();
  }
  return { ...sum, complaints };
}

type Sum = { -readonly [name in Exclude<keyof BecknFuzz, 'complaints'>]: number };

async function transaction(
  world: BridgeWorld,
  all: readonly GoldenRequest[],
  round: number,
  chance: Chance,
  sum: Sum,
): Promise<string[]> {
  const found: string[] = [];
  const id = `2b4d69aa-0000-4c78-9f56-${String(round).padStart(12, '0')}`;
  const newest = (): Promise<Order | undefined> => world.store.orderByTransaction(BAP, id);
  const own = chance.pick(DIALECTS);
  const owed = new Map<string, string>();
  const [callbacksBefore, eventsBefore] = [world.told.length, world.events.all.length];
  let door = openDoor(world, PEER);
  for (let step = 0; step < STEPS; step += 1) {
    const request = pickRequest(all, own, STAGES[step], chance);
    const order = await newest();
    sum.requests += 1;
    const message = `4618752a-c502-4503-bd75-${String(sum.requests).padStart(12, '0')}`;
    const ids = { transaction: id, message, order: order?.id ?? '', quote: order?.quote.id ?? '' };
    const body = writeRequest(request, ids, world.clock.now());
    for (let spoils = chance.happens(0.5) ? 0 : chance.between(1, 3); spoils > 0; spoils -= 1)
      spoil(chance.happens(0.85) ? (body['message'] ?? body) : body, chance);
    const text = JSON.stringify(body);
    const answer = await door.process({ action: request.action, rawBody: Buffer.from(text), headers: {} });
    await settle(12);
    if (answer.status === 200) {
      sum.acknowledged += 1;
      owed.set(messageIdOf(body), `${request.dialect} ${request.action}: ${text}`);
    } else {
      sum.refused += 1;
      if (answer.status >= 500 || !answer.body.includes('"error"'))
        found.push(`${answer.status} ${answer.body} to ${text}`);
    }
    await charge(world, await newest(), chance);
    if (chance.happens(0.05)) {
      await world.restart();
      await world.connect(CP);
      door = openDoor(world, PEER);
    }
  }
  await finish(world);
  const callbacks = world.told.slice(callbacksBefore).map(({ action, body }) => ({ action, body: body }));
  const answered = new Set(callbacks.map(({ body }) => messageIdOf(body)));
  for (const [message, what] of owed) if (!answered.has(message)) found.push(`no answer to ${what}`);
  for (const { action, body } of callbacks) {
    const wrong = becknCheck(familyOf(body), action)?.(body);
    if (wrong) found.push(`${action} breaks its schema at ${wrong.path}: ${wrong.message}`);
  }
  for (const { name, detail } of world.events.all.slice(eventsBefore))
    if (OWN_FAULTS.has(name)) found.push(`${name} ${JSON.stringify(detail)}`);
  const last = await newest();
  if (last?.idTag !== undefined) sum.confirmed += 1;
  return [...found, ...(last ? wrongIn(last) : [])];
}

function pickRequest(
  all: readonly GoldenRequest[],
  own: string,
  stage: string | undefined,
  chance: Chance,
): GoldenRequest {
  const spoken = chance.happens(0.3) ? all : all.filter(({ dialect }) => dialect === own);
  const fitting = stage !== undefined && chance.happens(0.8) ? spoken.filter(({ action }) => action === stage) : spoken;
  return chance.pick(fitting.length > 0 ? fitting : spoken);
}

/** The charger's part: it begins what waits for it, and sometimes ends it. */
async function charge(world: BridgeWorld, order: Order | undefined, chance: Chance): Promise<void> {
  if (!order) return;
  if ((order.state === 'starting' || order.state === 'confirmed') && chance.happens(0.6)) {
    await world.clock.advance(1000);
    await world.begin(await world.order(order.id), 1_000_000);
  } else if (order.session && !order.session.end && chance.happens(0.4)) {
    await world.clock.advance(60_000);
    await end(world, order, 1_000_500);
  }
}

async function end(world: BridgeWorld, { session, idTag }: Order, meterStopWh: number): Promise<void> {
  const stop = { transactionId: session?.transactionId ?? '', idTag: idTag ?? '', meterStopWh };
  await world.charger(
    { type: 'transaction-stopped', ...stop, at: world.clock.now(), reason: 'Local', samples: [], raw: '{}' },
    CP,
  );
  await settle(10);
}

/** Everything that runs comes to its end, and every wait to its own. */
async function finish(world: BridgeWorld): Promise<void> {
  await world.clock.advance(3_600_000);
  await settle(10);
  for (const order of world.bridge.openOrders())
    if (order.session && !order.session.end) await end(world, order, 1_000_900);
  for (const ms of [3_600_000, DAY_MS]) {
    await world.clock.advance(ms);
    await settle(10);
  }
  await world.charger(
    { type: 'connector-status-changed', connectorId: 1, status: 'Available', errorCode: 'NoError' },
    CP,
  );
}

function wrongIn(order: Order): string[] {
  const { bill, payment, state } = order;
  const wrong = bill && !(Number.isSafeInteger(bill.total) && bill.total >= 0 && bill.total <= order.authorised);
  return [
    ...(order.idTag !== undefined && !isTerminal(order) ? [`order ${order.id} is ${state} for ever`] : []),
    ...(wrong ? [`order ${order.id} is billed ${bill.total} of ${order.authorised}`] : []),
    ...(bill && payment && bill.total > payment.paid ? [`order ${order.id} is billed more than was paid`] : []),
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
