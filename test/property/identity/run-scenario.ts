/** Runs a scenario against the bridge on a manual clock. Returns what really happened and what the bridge recorded. */
import { buyerKey, isTerminal, type Order } from '../../../src/domain/model/order.js';
import type { SessionPolicy } from '../../../src/domain/model/policy.js';
import type { Discrepancy, TransactionRecord } from '../../../src/ports/stored-records.js';
import { createBridgeHarness, NETWORK, type BridgeHarness } from '../../fakes/bridge-harness.js';
import { settle } from '../../fakes/manual-clock.js';
import { SESSION_POLICY } from '../../fakes/session-policy.js';
import { SeededRandom } from '../../simulation/runtime/seeded-random.js';
import { CHARGE_POINT, Charger } from './charger.js';
import type { PhysicalTransaction } from './physical.js';
import type { Step, Scenario } from './scenario-steps.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The default policy with shorter waits, because a scenario lasts only hours. */
const POLICY: SessionPolicy = {
  ...SESSION_POLICY,
  maxSessionMs: 6 * HOUR,
  offlineMs: 2 * HOUR,
  finalMs: 2 * HOUR,
  meterTriggerIntervalMs: 30_000,
};

export interface Result {
  /** The final versions of the accepted orders. */
  readonly orders: readonly Order[];
  readonly transactions: readonly PhysicalTransaction[];
  readonly discrepancies: readonly Discrepancy[];
  readonly records: readonly TransactionRecord[];
  /** The number of terminal statuses that the buyer app received, by order. */
  readonly finalStatuses: ReadonlyMap<string, number>;
}

export async function runScenario(scenario: Scenario, log: (line: string) => void = () => undefined): Promise<Result> {
  const random = new SeededRandom(scenario.steps.length).port();
  const harness = await createBridgeHarness(NETWORK, undefined, { policy: POLICY, random });
  try {
    const run = new ScenarioRun(harness, scenario, log);
    return await run.run();
  } finally {
    await settle(4);
    await harness.stop();
  }
}

class ScenarioRun {
  readonly #harness: BridgeHarness;
  readonly #scenario: Scenario;
  readonly #charger: Charger;
  readonly #log: (line: string) => void;
  readonly #orderIds: string[] = [];
  #confirms = 0;

  constructor(harness: BridgeHarness, scenario: Scenario, log: (line: string) => void) {
    this.#harness = harness;
    this.#scenario = scenario;
    this.#log = (line) => log(`${new Date(harness.clock.now()).toISOString().slice(11, 19)} ${line}`);
    this.#charger = new Charger(harness, scenario.firmware, this.#log);
  }

  async run(): Promise<Result> {
    await this.#charger.connect(true);
    for (const step of this.#scenario.steps) {
      this.#log(`# ${JSON.stringify(step)}`);
      await this.#take(step);
      await this.#harness.clock.advance(5000);
    }
    await this.#finish();
    const { store } = this.#harness;
    return {
      orders: await Promise.all(this.#orderIds.map((id) => this.#harness.order(id))),
      transactions: this.#charger.transactions,
      discrepancies: await store.listDiscrepancies({ limit: 1000 }),
      records: await store.listTransactions({ limit: 1000 }),
      finalStatuses: this.#finalStatuses(),
    };
  }

  async #take(step: Step): Promise<void> {
    const charger = this.#charger;
    const { clock } = this.#harness;
    switch (step.kind) {
      case 'order':
        return this.#order(step.connector, step.wh);
      case 'begin': {
        const { pending } = charger.connector(step.connector);
        return pending && charger.begin(step.connector, pending, step.fate);
      }
      case 'plug':
        if (this.#scenario.firmware.version === '1.6') return;
        return charger.begin(step.connector, { kind: 'nobody' }, step.fate);
      case 'card':
        return charger.begin(step.connector, { kind: 'card', idTag: `CARD-${step.card}` }, step.fate);
      case 'vouched':
        return this.#vouched(step);
      case 'join':
        return charger.join(step.connector, `CARD-${step.card}`, step.fate);
      case 'charge':
        await clock.advance(step.minutes * MINUTE);
        await charger.read(1, step.fate);
        return charger.read(2, step.fate);
      case 'end': {
        const { transaction } = charger.connector(step.connector);
        return transaction && charger.end(transaction, { ...step, reason: 'Local' });
      }
      case 'status':
        return charger.reportStatus(step.connector, step.fate);
      case 'power-cut':
        return charger.cutPower(step);
      case 'offline':
        return charger.disconnect();
      case 'online':
        charger.setClock();
        return charger.connect(false, step.sequence);
      case 'repeat':
        return charger.channel.repeat(step.back, step.time);
      case 'meter-replaced':
        charger.disturb();
        return charger.connector(step.connector).transaction
          ? undefined
          : charger.connector(step.connector).replaceMeter(step.registerWh);
      case 'buyer-stops':
        return this.#buyerStops(step.back);
      case 'bridge-restarts':
        charger.disturb();
        await this.#harness.restart();
        charger.channel.online = false;
        return charger.connect(false);
      case 'wait':
        await clock.advance(step.minutes * MINUTE);
    }
  }

  async #order(connector: 1 | 2, wh: number): Promise<void> {
    const { store } = this.#harness;
    const transaction = `tx-${(this.#confirms += 1)}`;
    const receipt = await this.#harness.sendRequest(
      {
        type: 'confirm',
        items: { itemIds: [{ id: `CP1-${connector}`, path: 'message.order.items[0].id' }] },
        limit: { limit: { kind: 'energy', value: wh } },
        payment: 'unstated',
      },
      'confirm',
      { transaction },
    );
    await settle(10);
    const order =
      receipt.ack && (await store.orderByTransaction(buyerKey({ network: 'main', bapId: 'bap' }), transaction));
    if (order && order.state !== 'draft') this.#orderIds.push(order.id);
    this.#log(order ? `order ${order.id} ${order.state} ${order.idTag ?? ''}` : JSON.stringify(receipt));
  }

  /** An operator starts a session for a driver at the charger. */
  async #vouched({ connector, fate }: Extract<Step, { kind: 'vouched' }>): Promise<void> {
    const idTag = 'VOUCHED-1';
    await this.#harness.bridge.operatorCommands.send({
      chargePointId: CHARGE_POINT,
      action: 'RemoteStartTransaction',
      payload: { idTag, connectorId: connector },
      expiresAfterMs: 1000,
      timeoutMs: 1000,
    });
    await this.#charger.begin(connector, { kind: 'vouched', idTag }, fate);
  }

  async #buyerStops(back: number): Promise<void> {
    const orderId = this.#orderIds.at(-1 - back);
    if (orderId !== undefined) await this.#harness.sendRequest({ type: 'stop', orderId }, 'cancel');
    await settle(10);
  }

  async #finish(): Promise<void> {
    const { channel, connectors } = this.#charger;
    this.#log(`# the end is ${this.#scenario.isEndReported ? 'reported' : 'never reported'}`);
    if (this.#scenario.isEndReported) {
      await this.#charger.connect(false);
      await channel.release();
    } else channel.drop();
    for (const { transaction } of connectors) {
      const fate = this.#scenario.isEndReported ? 'delivered' : 'never';
      if (transaction) await this.#charger.end(transaction, { form: 'right', reason: 'Local', fate });
    }
    if (!this.#scenario.isEndReported) await this.#charger.disconnect();
    for (let hours = 0; hours < 24 && (await this.#isOpen()); hours += 1) await this.#harness.clock.advance(HOUR);
    await settle(10);
  }

  async #isOpen(): Promise<boolean> {
    const orders = await Promise.all(this.#orderIds.map((id) => this.#harness.order(id)));
    return orders.some((order) => !isTerminal(order) || order.effects.length > 0);
  }

  #finalStatuses(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { action, body } of this.#harness.callbacks) {
      if (action !== 'on_status') continue;
      const { order } = (body as unknown as { message: { order: { id: string; status?: string } } }).message;
      if (order.status === 'COMPLETE' || order.status === 'CANCELLED')
        counts.set(order.id, (counts.get(order.id) ?? 0) + 1);
    }
    return counts;
  }
}
