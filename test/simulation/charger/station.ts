/** A small OCPP 2.0.1 or 2.1 station with one EVSE. Its behaviour shares no code with the product. */
import { v201 } from '../../../src/ocpp/versions/v2/v201.js';
import { v21 } from '../../../src/ocpp/versions/v2/v21.js';
import { CallQueue, numberAt, readFrame } from './call-queue.js';
import { ChargerConnection } from './charger-connection.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import { at, list, text } from '../runtime/json.js';
import { SimulatedConnector } from './connector.js';
import { StationProfiles } from './station-profiles.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface StationEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
  /** Connects to the bridge. Returns false if the bridge is down. */
  readonly connect: (connection: ChargerConnection) => boolean;
}

interface Transaction {
  readonly id: string;
  readonly tag: string;
  readonly remoteStartId: number | undefined;
  readonly startedWh: number;
  readonly deliveredAtStart: number;
  seqNo: number;
}

type EventType = 'Started' | 'Updated' | 'Ended';

const SAMPLE_MS = 60_000;

export class Station {
  readonly callQueue: CallQueue;
  connection: ChargerConnection | undefined;
  readonly #environment: StationEnvironment;
  readonly #evse: SimulatedConnector;
  readonly #profiles = new StationProfiles((limit) => this.#evse.setProfile(limit));
  #accepted = false;
  #powered = false;
  #sockets = 0;
  /** The number of transactions so far. Some stations restart it after a power cut. */
  #count = 0;
  readonly #reusesIds: boolean;
  #transaction: Transaction | undefined;

  constructor(
    environment: StationEnvironment,
    readonly id: string,
    powerW: number,
  ) {
    this.#environment = environment;
    const { time, random, faults } = environment;
    this.#evse = new SimulatedConnector(time, 1, powerW, random.between(1000, 9_000_000));
    this.#reusesIds = faults.strikes('ids-reused', random, 0.9);
    this.callQueue = new CallQueue({
      time,
      random,
      send: (frame) => this.connection?.send(frame),
      online: () => this.connection !== undefined,
      accepted: () => this.#accepted,
      connectionSuspected: () => this.connection?.drop(),
      newIdOnRetry: () => false,
      maxAttempts: () => 200,
    });
  }

  get isSettled(): boolean {
    return this.#powered && !this.callQueue.busy && this.connection?.open === true;
  }

  start(): void {
    this.#powered = true;
    this.#accepted = false;
    this.#connect();
  }

  #connect(): void {
    if (!this.#powered || this.connection?.open) return;
    const { time, random, connect } = this.#environment;
    const version = this.id === 'CP-U' ? v21 : v201;
    const connection: ChargerConnection = new ChargerConnection(
      this.#environment,
      this.id,
      ++this.#sockets,
      {
        frame: (frame) => this.connection === connection && this.#handleFrame(frame),
        closed: () => this.connection === connection && this.#handleClose(),
      },
      version,
    );
    this.connection = connection;
    if (!connect(connection)) {
      this.connection = undefined;
      connection.handleProcessDeath();
      time.after(random.between(2000, 30_000), () => this.#connect());
      return;
    }
    if (this.#accepted) this.#reportStatus();
    else this.#sendBoot();
    this.callQueue.sendNext();
  }

  #sendBoot(): void {
    this.callQueue.add({
      action: 'BootNotification',
      payload: () => ({ reason: 'PowerUp', chargingStation: { model: 'Two', vendorName: 'Simulated' } }),
      persistent: false,
      onResult: () => {
        this.#accepted = true;
        this.#reportStatus();
      },
    });
  }

  #handleClose(): void {
    this.connection = undefined;
    this.callQueue.handleDisconnect();
    this.#environment.time.after(this.#environment.random.between(1000, 20_000), () => this.#connect());
  }

  #reportStatus(): void {
    const payload = (): object => ({
      timestamp: this.#now(),
      connectorStatus: this.#transaction ? 'Occupied' : 'Available',
      evseId: 1,
      connectorId: 1,
    });
    this.callQueue.add({ action: 'StatusNotification', payload, persistent: false });
  }

  #now(): string {
    return new Date(this.#environment.time.now()).toISOString();
  }

  /** Cuts and restores the power. The end of the running transaction is never reported. */
  cutPower(): void {
    if (!this.#powered) return;
    const { time, random } = this.#environment;
    if (this.#transaction) this.#endFlow(this.#transaction);
    this.#transaction = undefined;
    this.#powered = false;
    this.#accepted = false;
    if (this.#reusesIds) this.#count = 0;
    const { connection } = this;
    this.connection = undefined;
    connection?.drop();
    this.callQueue.handleDisconnect();
    time.after(random.between(10_000, 60_000), () => this.start());
  }

  #begin(tag: string, remoteStartId: number | undefined): void {
    if (!this.#powered || this.#transaction) return;
    const { random } = this.#environment;
    this.#count += 1;
    const transaction: Transaction = {
      id: this.#reusesIds ? String(this.#count) : random.uuid(),
      tag,
      remoteStartId,
      startedWh: this.#evse.registerWh(),
      deliveredAtStart: this.#evse.deliveredWh(),
      seqNo: 0,
    };
    this.#transaction = transaction;
    this.#evse.setFlowing(true);
    this.#profiles.begin(transaction.id, this.#environment.time.now());
    this.#reportStatus();
    this.#tell(transaction, 'Started', 'RemoteStart');
    this.#scheduleSample(transaction);
  }

  #scheduleSample(transaction: Transaction): void {
    this.#environment.time.after(SAMPLE_MS, () => {
      if (this.#transaction !== transaction) return;
      this.#tell(transaction, 'Updated', 'MeterValuePeriodic');
      this.#scheduleSample(transaction);
    });
  }

  #end(reason: 'Remote' | 'Local'): void {
    const transaction = this.#transaction;
    if (!transaction) return;
    this.#endFlow(transaction);
    this.#tell(transaction, 'Ended', reason === 'Remote' ? 'RemoteStop' : 'StopAuthorized', reason);
    this.#transaction = undefined;
    this.#reportStatus();
  }

  #endFlow(transaction: Transaction): void {
    this.#evse.setFlowing(false);
    this.#profiles.end();
    this.recordFlow(transaction);
  }

  /** Records for the checker the energy that flowed in the transaction. */
  recordFlow(transaction = this.#transaction): void {
    if (!transaction) return;
    const { tag, startedWh: meterStart, deliveredAtStart } = transaction;
    const wh = this.#evse.deliveredWh() - deliveredAtStart;
    this.#environment.history.add({ kind: 'flow', charger: this.id, connector: 1, tag, meterStart, wh });
  }

  #tell(transaction: Transaction, eventType: EventType, triggerReason: string, stoppedReason?: string): void {
    const timestamp = this.#now();
    const context = { Started: 'Transaction.Begin', Updated: 'Sample.Periodic', Ended: 'Transaction.End' }[eventType];
    const value = this.#evse.registerWh();
    const { id, tag, remoteStartId } = transaction;
    const seqNo = transaction.seqNo++;
    const isStart = eventType === 'Started';
    const payload = {
      eventType,
      timestamp,
      triggerReason,
      seqNo,
      transactionInfo: {
        transactionId: id,
        chargingState: eventType === 'Ended' ? 'Idle' : 'Charging',
        ...(isStart && remoteStartId !== undefined && { remoteStartId }),
        ...(stoppedReason !== undefined && { stoppedReason }),
      },
      ...(isStart && { idToken: { idToken: tag, type: 'Central' } }),
      evse: { id: 1, connectorId: 1 },
      meterValue: [
        {
          timestamp,
          sampledValue: [{ value, measurand: 'Energy.Active.Import.Register', context, unitOfMeasure: { unit: 'Wh' } }],
        },
      ],
    };
    this.callQueue.add({ action: 'TransactionEvent', payload: () => payload, persistent: true });
  }

  #handleFrame(frame: string): void {
    const parts = readFrame(frame);
    if (parts[0] !== 2) {
      this.callQueue.handleAnswer(parts);
      return;
    }
    const answer = this.#answer(String(parts[2]), parts[3]);
    const { connection } = this;
    this.#environment.time.after(this.#environment.random.between(1, 300), () => {
      if (this.connection === connection) connection?.send(JSON.stringify([3, parts[1], answer]));
    });
  }

  /** Answers for one variable. The 2.1 station has only `SmartChargingCtrlr.Enabled`, the 2.0.1 station none. */
  #variable(wanted: unknown): object {
    const key = `${text(at(wanted, 'component', 'name'))}.${text(at(wanted, 'variable', 'name'))}`;
    const isKnown = this.id === 'CP-U' && key === 'SmartChargingCtrlr.Enabled';
    return isKnown ? { attributeStatus: 'Accepted', attributeValue: 'true' } : { attributeStatus: 'UnknownVariable' };
  }

  #answer(action: string, payload: unknown): object {
    const { time, random } = this.#environment;
    switch (action) {
      case 'RequestStartTransaction': {
        if (this.#transaction) return { status: 'Rejected' };
        this.#profiles.offer(payload);
        const tag = text(at(payload, 'idToken', 'idToken'));
        time.after(random.between(1000, 30_000), () => this.#begin(tag, numberAt(payload, 'remoteStartId')));
        return { status: 'Accepted' };
      }
      case 'RequestStopTransaction': {
        const transaction = this.#transaction;
        if (transaction?.id !== at(payload, 'transactionId')) return { status: 'Rejected' };
        time.after(random.between(500, 3000), () => this.#transaction === transaction && this.#end('Remote'));
        return { status: 'Accepted' };
      }
      case 'GetTransactionStatus':
        return { ongoingIndicator: this.#transaction?.id === at(payload, 'transactionId'), messagesInQueue: false };
      case 'TriggerMessage':
        time.after(100, () => this.#transaction && this.#tell(this.#transaction, 'Updated', 'Trigger'));
        return { status: 'Accepted' };
      case 'GetVariables':
        return { getVariableResult: results(at(payload, 'getVariableData'), (one) => this.#variable(one)) };
      case 'SetVariables':
        return { setVariableResult: results(at(payload, 'setVariableData'), () => ({ attributeStatus: 'Rejected' })) };
      case 'GetBaseReport':
      case 'GetReport':
        return { status: 'NotSupported' };
      case 'SetChargingProfile':
        return this.#profiles.set(payload);
      case 'ClearChargingProfile':
        return this.#profiles.clear(payload);
      case 'ReserveNow':
        return { status: 'Rejected' };
      case 'CostUpdated':
        return {};
      default:
        return { status: 'Accepted' };
    }
  }
}

/** Returns the result of each variable that a request names. */
const results = (wanted: unknown, result: (one: unknown) => object): object[] =>
  list(wanted).map((one) => ({ ...result(one), component: at(one, 'component'), variable: at(one, 'variable') }));
