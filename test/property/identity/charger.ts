/** A charge point that reacts to drivers, the bridge and the power supply, and reports what happens. */
import type { ChargerCommand, CommandResult } from '../../../src/ports/charger-commands.js';
import type { ChargerOutcome } from '../../../src/ports/charger-events.js';
import type { BridgeHarness } from '../../fakes/bridge-harness.js';
import { Channel, type Message } from './channel.js';
import { withEcho, event201, reading16, start16, stop16, type Facts } from './messages.js';
import { PhysicalConnector, PhysicalTransaction, type Driver } from './physical.js';
import type { Fate, Firmware, StopForm } from './scenario-steps.js';

export const CHARGE_POINT = 'CP1';
/** How long the charger takes to stop, or to answer a TriggerMessage. */
const REACTION_MS = 700;

export class Charger {
  readonly channel: Channel;
  readonly connectors: readonly [PhysicalConnector, PhysicalConnector];
  readonly transactions: PhysicalTransaction[] = [];
  readonly #harness: BridgeHarness;
  readonly #firmware: Firmware;
  #lastId = 0;
  #lastSeqNo = -1;
  #clockOffsetMs = 0;

  constructor(harness: BridgeHarness, firmware: Firmware, log: (line: string) => void) {
    this.#harness = harness;
    this.#firmware = firmware;
    this.channel = new Channel(harness, log);
    const { clock } = harness;
    const { newMeters } = firmware;
    this.connectors = [
      new PhysicalConnector(clock, 1, newMeters ? 0 : 1_000_000),
      new PhysicalConnector(clock, 2, newMeters ? 0 : 5_000_000),
    ];
    harness.behaviour.answer = (command) => {
      const result = this.#answer(command);
      log(`  ${JSON.stringify(command)} ${JSON.stringify(result)}`);
      return result;
    };
  }

  get #is16(): boolean {
    return this.#firmware.version === '1.6';
  }

  #now(): number {
    return this.#harness.clock.now() - this.#clockOffsetMs;
  }

  connector(id: 1 | 2): PhysicalConnector {
    return this.connectors[id - 1] ?? this.connectors[0];
  }

  async connect(boots: boolean, sequence: Parameters<Channel['flush']>[0] = 'kept'): Promise<void> {
    if (this.channel.online) return;
    this.channel.online = true;
    await this.#harness.connect(CHARGE_POINT, { version: this.#firmware.version, boots });
    await this.channel.flush(sequence);
  }

  async disconnect(): Promise<void> {
    if (!this.channel.online) return;
    this.disturb();
    this.channel.online = false;
    await this.#harness.disconnect(CHARGE_POINT);
  }

  /** Marks the running transactions as disturbed, so that rule R5 no longer applies to them. */
  disturb(): void {
    for (const { transaction } of this.connectors) if (transaction) transaction.clean = false;
  }

  /** A driver plugs in. This has no effect while another driver's transaction runs there. */
  async begin(id: 1 | 2, driver: Driver, fate: Fate): Promise<void> {
    const connector = this.connector(id);
    const joined = connector.transaction;
    if (joined && (this.#is16 || joined.driver.kind !== 'nobody' || driver.kind === 'nobody')) return;
    if (driver === connector.pending) connector.pending = undefined;
    const transaction = joined ?? new PhysicalTransaction(connector, driver, this.#harness.clock.now());
    transaction.driver = driver;
    if (!joined) {
      connector.transaction = transaction;
      this.transactions.push(transaction);
      if (!this.#is16) transaction.wireId = `${(this.#lastId += 1)}`;
    }
    const registerWh = connector.registerWh();
    if (driver.kind !== 'nobody') connector.setFlowing(true);
    if (joined || !this.#isFindable(driver)) transaction.clean = false;
    await this.channel.send(this.#startMessage(transaction, registerWh, joined !== undefined), fate);
  }

  /**
   * Checks whether the start names its order, if it has one. A start without any name looks the same as a repeated
   * earlier one.
   */
  #isFindable({ kind }: Driver): boolean {
    const { omits } = this.#firmware;
    return kind !== 'order' || omits === 'nothing' || omits === 'connector';
  }

  #startMessage(transaction: PhysicalTransaction, registerWh: number, isJoined: boolean): Message {
    const firmware = this.#firmware;
    const { driver, connector } = transaction;
    const facts = this.#facts(transaction, registerWh);
    const answered = (outcome: ChargerOutcome): Promise<void> => this.#startAnswered(transaction, driver, outcome);
    const message = { transaction, part: 'start', registerWh, answered } as const;
    if (this.#is16) {
      const event = start16(transaction, firmware, facts);
      return { ...message, build: () => event };
    }
    const omits = driver.kind === 'order' ? firmware.omits : 'nothing';
    const hasNames = omits !== 'names' && omits !== 'all';
    const event = event201(transaction, facts, {
      eventType: isJoined ? 'updated' : 'started',
      triggerReason:
        driver.kind === 'order' ? 'RemoteStart' : driver.kind === 'nobody' ? 'CablePluggedIn' : 'Authorized',
      chargingState: driver.kind === 'nobody' ? 'EVConnected' : 'Charging',
      ...(omits !== 'connector' && omits !== 'all' && { connectorId: connector.id }),
      ...(!isJoined && { meterStartWh: registerWh }),
      ...(driver.kind !== 'nobody' && hasNames && { idTag: withEcho(driver.idTag, firmware) }),
      ...(driver.kind === 'order' && hasNames && { remoteStartId: driver.remoteStartId }),
    });
    return { ...message, build: () => event };
  }

  async #startAnswered(transaction: PhysicalTransaction, driver: Driver, outcome: ChargerOutcome): Promise<void> {
    if (outcome.type === 'transaction-started') transaction.wireId ??= outcome.transactionId;
    const status = 'status' in outcome ? outcome.status : undefined;
    if (status === undefined || status === 'Accepted' || !this.#firmware.obeysRefusal) return;
    if (!transaction.running || transaction.driver !== driver) return;
    await this.end(transaction, { form: 'right', reason: 'DeAuthorized' });
  }

  /** A driver presents another tag in a 2.x transaction. This changes nothing at the connector. */
  async join(id: 1 | 2, idTag: string, fate: Fate): Promise<void> {
    const { transaction } = this.connector(id);
    if (!transaction || this.#is16) return;
    const registerWh = transaction.connector.registerWh();
    const facts = this.#facts(transaction, registerWh);
    const event = event201(transaction, facts, { eventType: 'updated', triggerReason: 'Authorized', idTag });
    await this.channel.send({ transaction, part: 'reading', registerWh, build: () => event }, fate);
  }

  async read(id: 1 | 2, fate: Fate, triggerReason = 'MeterValuePeriodic'): Promise<void> {
    const { transaction } = this.connector(id);
    if (!transaction) return;
    const registerWh = transaction.connector.registerWh();
    const facts = this.#facts(transaction, registerWh);
    const event = event201(transaction, facts, {
      eventType: 'updated',
      triggerReason,
      ...(this.#firmware.tellsState && transaction.connector.flowing && { chargingState: 'Charging' }),
    });
    const build = () => (this.#is16 ? reading16(transaction, this.#firmware, facts) : event);
    await this.channel.send({ transaction, part: 'reading', registerWh, build }, fate);
  }

  /**
   * Ends a transaction.
   * @param how With `fate` `never`, no message reports the end.
   */
  async end(
    transaction: PhysicalTransaction,
    how: { form: StopForm; reason: string; metered?: boolean; fate?: Fate | 'never' },
  ): Promise<void> {
    if (!transaction.running) return;
    const { form, reason, metered = true, fate = 'delivered' } = how;
    transaction.end(this.#harness.clock.now());
    const registerWh = metered ? transaction.connector.registerWh() : undefined;
    if (!metered || (form !== 'right' && form !== 'no-tag')) transaction.clean = false;
    if (fate === 'never') transaction.clean = false;
    else await this.channel.send(this.#stopMessage(transaction, registerWh, form, reason), fate);
  }

  #stopMessage(
    transaction: PhysicalTransaction,
    registerWh: number | undefined,
    form: StopForm,
    reason: string,
  ): Message {
    const firmware = this.#firmware;
    const { driver } = transaction;
    const facts = this.#facts(transaction, registerWh);
    const previousId = this.transactions.at(this.transactions.indexOf(transaction) - 1)?.wireId;
    const event = event201(transaction, facts, {
      eventType: 'ended',
      triggerReason: reason === 'Remote' ? 'RemoteStop' : 'StopAuthorized',
      stoppedReason: reason,
      ...(registerWh !== undefined && { meterStopWh: registerWh }),
      ...(firmware.tagAtEnd && driver.kind !== 'nobody' && { idTag: withEcho(driver.idTag, firmware) }),
    });
    const build = () => (this.#is16 ? stop16(transaction, firmware, facts, { form, reason, previousId }) : event);
    return { transaction, part: 'stop', registerWh, build };
  }

  async reportStatus(id: 1 | 2, fate: Fate): Promise<void> {
    const { transaction, flowing } = this.connector(id);
    const running = this.#is16 ? (flowing ? 'Charging' : 'Preparing') : 'Occupied';
    const status = transaction ? running : 'Available';
    const event = { type: 'connector-status-changed', connectorId: id, status, errorCode: 'NoError' } as const;
    await this.channel.send({ transaction: undefined, part: 'other', build: () => event }, fate);
  }

  /** Cuts the power: transactions end, or resume afterwards. The charger forgets earlier requests of the bridge. */
  async cutPower(cut: {
    readonly ends: 'never' | 'after' | 'resumed';
    readonly form: StopForm;
    readonly minutes: number;
    readonly keepsQueue: boolean;
  }): Promise<void> {
    this.disturb();
    await this.disconnect();
    if (!cut.keepsQueue) this.channel.drop();
    const resumed = this.connectors.filter(({ transaction }) => transaction && cut.ends === 'resumed' && !this.#is16);
    for (const connector of this.connectors) {
      const { transaction } = connector;
      connector.pending = undefined;
      connector.setFlowing(false);
      if (!transaction || resumed.includes(connector)) continue;
      const fate = cut.ends === 'never' ? 'never' : 'delivered';
      await this.end(transaction, { form: cut.form, reason: 'PowerLoss', fate });
    }
    await this.#harness.clock.advance(cut.minutes * 60_000);
    if (this.#firmware.countsAgain) this.#lastId = 0;
    this.#lastSeqNo = -1;
    if (this.#firmware.forgetsTime) this.#clockOffsetMs = this.#harness.clock.now() - 3_600_000;
    await this.connect(true);
    for (const { id, transaction, setFlowing } of resumed) {
      if (!transaction) continue;
      if (this.#firmware.countsAgain) {
        transaction.nextSeqNo = 0;
        this.#lastId = Math.max(this.#lastId, Number(transaction.wireId));
      }
      setFlowing.call(transaction.connector, transaction.driver.kind !== 'nobody');
      await this.read(id, 'delivered', 'TxResumed');
    }
  }

  setClock(): void {
    this.#clockOffsetMs = 0;
  }

  #facts(transaction: PhysicalTransaction, registerWh: number | undefined): Facts {
    const { numbering } = this.#firmware;
    const seqNo = numbering === 'zero' ? 0 : numbering === 'station' ? (this.#lastSeqNo += 1) : transaction.nextSeqNo++;
    const offline = !this.channel.online;
    return { at: this.#now(), offline, seqNo, ...(registerWh !== undefined && { registerWh }) };
  }

  #answer(command: ChargerCommand): CommandResult {
    if (!this.channel.online) return { kind: 'not-sent', reason: 'offline' };
    switch (command.type) {
      case 'remote-start': {
        const connector = this.connector(command.connectorId === 2 ? 2 : 1);
        const { transaction } = connector;
        if (transaction && transaction.driver.kind !== 'nobody') return answered('Rejected');
        const driver = { kind: 'order', idTag: command.idTag, remoteStartId: command.remoteStartId } as const;
        // If a cable is already plugged in, the driver starts at once.
        if (transaction) this.#later(() => this.begin(connector.id, driver, 'delivered'));
        else connector.pending = driver;
        if (!this.#firmware.answersStarts) return { kind: 'unknown', reason: 'timeout' };
        return {
          ...answered('Accepted'),
          ...(transaction?.wireId !== undefined && { transactionId: transaction.wireId }),
        };
      }
      case 'remote-stop': {
        const running = this.#running(command.transactionId);
        if (running && !this.#firmware.obeysStop) running.clean = false;
        if (!running || !this.#firmware.obeysStop) return answered('Rejected');
        this.#later(() => this.end(running, { form: 'right', reason: 'Remote' }));
        return answered('Accepted');
      }
      case 'get-transaction-status':
        return {
          ...answered(undefined),
          ongoing: this.#running(command.transactionId) !== undefined,
          messagesInQueue: this.channel.holds(
            this.transactions.findLast(({ wireId }) => wireId === command.transactionId),
          ),
        };
      case 'trigger-message': {
        const { connectorId, requestedMessage } = command;
        if (!this.#firmware.answersTriggers || connectorId === undefined) return answered('NotImplemented');
        const id = connectorId === 2 ? 2 : 1;
        if (requestedMessage === 'StatusNotification') this.#later(() => this.reportStatus(id, 'delivered'));
        else this.#later(() => this.read(id, 'delivered', 'Trigger'));
        return answered('Accepted');
      }
      default:
        return answered('Accepted');
    }
  }

  #running(wireId: string): PhysicalTransaction | undefined {
    return this.connectors.map(({ transaction }) => transaction).find((one) => one?.wireId === wireId);
  }

  #later(work: () => Promise<void>): void {
    this.#harness.clock.callLater(REACTION_MS, () => void work());
  }
}

function answered(status: string | undefined): Extract<CommandResult, { kind: 'answered' }> {
  return { kind: 'answered', payload: {}, ...(status !== undefined && { status }) };
}
