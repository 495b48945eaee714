/**
 * Simulates a connector: cable, authorisation, transaction and meter values.
 * @source OCPP 1.6 §4.7–§4.10, §5.11, §5.12.
 */
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import type { ControllableConnector } from './call-handler.js';
import type { ConnectorStatus, ConnectorView, SimulatedConnector, StopReason } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import { EnergyMeter } from './device/energy-meter.js';
import type { ReadingContext } from './device/meter-values.js';
import type { Misbehaviour } from './device/misbehaviour.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';
import type { ProtocolMessages, TransactionMessages } from './protocol-messages.js';

export interface ConnectorDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: ConfigurationKeys;
  readonly messages: ProtocolMessages;
  misbehaviour(): Misbehaviour;
  /** Counts down the starts to be rejected or the stops to be ignored. */
  countMisbehaviour(kind: 'rejectsStart' | 'ignoresStop'): void;
  /** Called after each change of status or cable. */
  reportStatus(): void;
  enqueue(message: TransactionMessage): void;
  isOffline(): boolean;
  /** Asks the central system whether a tag is authorised. While offline, `LocalAuthorizeOffline` decides. */
  authorize(idTag: string): Promise<boolean>;
}

interface Transaction {
  readonly idTag: string;
  readonly meterStartWh: number;
  readonly messages: TransactionMessages;
}

/** The time from plugging in or authorisation, whichever is later, to the start of the transaction. */
const HANDSHAKE_MS = 1_000;
/** The time from an accepted remote stop to the end of the transaction. */
const RAMP_DOWN_MS = 1_000;
const METER_CHECK_MS = 1_000;
/** How long a car whose battery is full stays in SuspendedEV before the session ends. */
const FULL_BATTERY_TIMEOUT_MS = 120_000;
const INITIAL_REGISTER_WH = 1_234_567;
const REGISTER_STEP_WH = 111_111;
const STARTABLE: readonly ConnectorStatus[] = ['Available', 'Preparing', 'Finishing'];

export class Connector implements ControllableConnector {
  readonly id: number;
  readonly #spec: SimulatedConnector;
  readonly #deps: ConnectorDeps;
  readonly #meter: EnergyMeter;
  readonly #timers = new Set<Cancel>();
  #pluggedIn: boolean;
  #status: ConnectorStatus;
  /** An authorised tag, until its transaction starts. */
  #authorisedTag: string | undefined;
  #remoteStartId: number | undefined;
  #transaction: Transaction | undefined;
  #cancelSample: Cancel | undefined;
  #cancelMeterCheck: Cancel | undefined;

  constructor(spec: SimulatedConnector, deps: ConnectorDeps) {
    this.id = spec.connectorId;
    this.#spec = spec;
    this.#deps = deps;
    this.#pluggedIn = spec.pluggedIn ?? false;
    this.#status = this.#pluggedIn ? 'Preparing' : 'Available';
    this.#meter = new EnergyMeter({
      clock: deps.clock,
      outlet: spec,
      car: spec.battery,
      initialRegisterWh: spec.registerWh ?? INITIAL_REGISTER_WH + (spec.connectorId - 1) * REGISTER_STEP_WH,
      isCharging: () => this.#transaction !== undefined && this.#status === 'Charging',
      isPluggedIn: () => this.#pluggedIn,
    });
  }

  view(): ConnectorView {
    const { registerWh, flow, socPercent } = this.#meter.read();
    const transaction = this.#transaction;
    return {
      connectorId: this.id,
      status: this.#status,
      pluggedIn: this.#pluggedIn,
      registerWh: Math.floor(registerWh),
      powerW: flow.powerW,
      ...(socPercent === undefined ? {} : { socPercent }),
      ...(transaction && {
        transaction: {
          id: transaction.messages.id(),
          idTag: transaction.idTag,
          meterStartWh: transaction.meterStartWh,
        },
      }),
    };
  }

  stop(): void {
    this.#cancelSample?.();
    this.#cancelMeterCheck?.();
    for (const cancel of this.#timers) cancel();
  }

  remoteStart(idTag: string, remoteStartId?: number): boolean {
    if (!this.#isStartable()) return false;
    const { rejectsStart, neverStarts, startsLateMs } = this.#deps.misbehaviour();
    if (rejectsStart > 0) {
      this.#deps.countMisbehaviour('rejectsStart');
      return false;
    }
    if (!neverStarts) {
      this.#remoteStartId = remoteStartId;
      // The timer lets the answer to the remote start go out before any message that the start causes.
      this.#after(startsLateMs, () => {
        void this.#authoriseTag(idTag, this.#deps.keys.flag('AuthorizeRemoteTxRequests'));
      });
    }
    return true;
  }

  remoteStop(transactionId: number | string): boolean {
    const transaction = this.#transaction;
    if (!transaction || transaction.messages.id() !== transactionId) return false;
    if (this.#deps.misbehaviour().ignoresStop > 0) this.#deps.countMisbehaviour('ignoresStop');
    else this.#after(RAMP_DOWN_MS, () => this.#transaction === transaction && this.endTransaction('Remote'));
    return true;
  }

  localStart(idTag: string): Promise<void> {
    this.#remoteStartId = undefined;
    return this.#authoriseTag(idTag, true);
  }

  plug(): void {
    if (this.#pluggedIn) return;
    this.#pluggedIn = true;
    this.#meter.connectCar();
    this.setStatus('Preparing');
    // If the authorisation came first, the status is Preparing already, but the cable still changes the 2.x status.
    this.#deps.reportStatus();
    this.#startAfterHandshake();
  }

  unplug(): void {
    if (!this.#pluggedIn) return;
    // No energy flows once the cable is out, so the meter must first count up to now.
    this.#meter.count();
    if (this.#transaction) this.endTransaction('EVDisconnected');
    this.#pluggedIn = false;
    this.#authorisedTag = undefined;
    if (this.#status !== 'Unavailable' && this.#status !== 'Faulted') this.setStatus('Available');
    this.#deps.reportStatus();
  }

  setStatus(status: ConnectorStatus): void {
    if (status === this.#status) return;
    // Whether energy has flowed until now depends on the old status, so the meter must count before the change.
    if (this.#transaction) this.#meter.count();
    this.#status = status;
    if (status === 'Charging' || status === 'SuspendedEV' || status === 'SuspendedEVSE')
      this.#transaction?.messages.chargingState(status, this.#meter.read());
    this.#deps.reportStatus();
    if (status === 'SuspendedEV' && this.#meter.isBatteryFull()) this.#endAfterTimeout();
  }

  /** Drops a pending authorisation and ends a running transaction. The end of a `lost` one is never reported. */
  endTransaction(reason: StopReason, lost = false): void {
    const transaction = this.#transaction;
    this.#authorisedTag = undefined;
    if (!transaction) return;
    const reading = this.#meter.read();
    this.#cancelSample?.();
    this.#cancelMeterCheck?.();
    this.#transaction = undefined;
    if (!lost) transaction.messages.end(reading, reason);
    this.setStatus(this.#pluggedIn ? 'Finishing' : 'Available');
    const { leaveDelayMs } = this.#spec;
    if (this.#pluggedIn && leaveDelayMs !== undefined)
      this.#after(leaveDelayMs, () => this.#transaction ?? this.unplug());
  }

  sendMeterValues(): void {
    this.#sample('Trigger');
  }

  sendMeterValuesAt(registerWh: number | undefined): void {
    this.#cancelMeterCheck?.();
    const transaction = this.#transaction;
    if (registerWh === undefined || !transaction) return;
    const { registerWh: presentWh, flow } = this.#meter.read();
    if (presentWh >= registerWh) return this.#sample('Trigger');
    const expectedMs =
      flow.powerW > 0 ? Math.ceil(((registerWh - presentWh) * 3_600_000) / flow.powerW) : METER_CHECK_MS;
    // The power may fall in the meantime, so the register is checked at least once a second.
    this.#cancelMeterCheck = this.#deps.clock.callLater(Math.min(expectedMs, METER_CHECK_MS), () => {
      if (this.#transaction === transaction) this.sendMeterValuesAt(registerWh);
    });
  }

  restartSampling(): void {
    this.#cancelSample?.();
    const intervalMs = this.#deps.keys.number('MeterValueSampleInterval') * 1_000;
    if (!this.#transaction || intervalMs === 0) return;
    this.#cancelSample = this.#deps.clock.callLater(intervalMs, () => {
      this.#sample('Sample.Periodic');
      if (this.#meter.isBatteryFull() && this.#status === 'Charging') this.setStatus('SuspendedEV');
      this.restartSampling();
    });
  }

  /** Sets the energy register to zero. */
  resetMeter(): void {
    this.#meter.reset();
  }

  #after(ms: number, work: () => void): void {
    const cancel = this.#deps.clock.callLater(ms, () => {
      this.#timers.delete(cancel);
      work();
    });
    this.#timers.add(cancel);
  }

  #isStartable(): boolean {
    return !this.#transaction && this.#authorisedTag === undefined && STARTABLE.includes(this.#status);
  }

  async #authoriseTag(idTag: string, askCentralSystem: boolean): Promise<void> {
    if (askCentralSystem && !(await this.#deps.authorize(idTag)))
      return this.setStatus(this.#pluggedIn ? 'Preparing' : 'Available');
    if (!this.#isStartable()) return;
    this.#authorisedTag = idTag;
    this.setStatus('Preparing');
    if (this.#pluggedIn) this.#startAfterHandshake();
    else this.#waitForCable(idTag);
  }

  /**
   * Plugs in after the cable delay, if there is one. Drops the authorisation after `ConnectionTimeOut` without a cable.
   */
  #waitForCable(idTag: string): void {
    this.#after(this.#deps.keys.number('ConnectionTimeOut') * 1_000, () => {
      if (this.#authorisedTag !== idTag) return;
      this.#authorisedTag = undefined;
      this.setStatus('Available');
    });
    const { cableDelayMs } = this.#spec;
    if (cableDelayMs !== undefined) this.#after(cableDelayMs, () => this.#authorisedTag === idTag && this.plug());
  }

  #startAfterHandshake(): void {
    const idTag = this.#authorisedTag;
    if (idTag === undefined) return;
    this.#after(HANDSHAKE_MS, () => this.#authorisedTag === idTag && this.#startTransaction(idTag));
  }

  #startTransaction(idTag: string): void {
    const { keys, random, messages, misbehaviour } = this.#deps;
    this.#authorisedTag = undefined;
    const reading = this.#meter.read();
    const batteryFull = this.#meter.isBatteryFull();
    const transaction: Transaction = {
      idTag,
      meterStartWh: Math.floor(reading.registerWh),
      messages: messages.startTransaction({
        connectorId: this.id + (misbehaviour().wrongConnector ? 1 : 0),
        idTag,
        remoteStartId: this.#remoteStartId,
        reading,
        batteryFull,
        keys,
        random,
        enqueue: (message) => this.#deps.enqueue(message),
        isOffline: () => this.#deps.isOffline(),
        onRefused: () => {
          if (this.#transaction === transaction && keys.flag('StopTransactionOnInvalidId'))
            this.endTransaction('DeAuthorized');
        },
      }),
    };
    this.#transaction = transaction;
    this.#remoteStartId = undefined;
    this.setStatus(batteryFull ? 'SuspendedEV' : 'Charging');
    this.restartSampling();
  }

  #sample(context: ReadingContext): void {
    const { keys, messages, enqueue } = this.#deps;
    const reading = this.#meter.read();
    if (this.#transaction) this.#transaction.messages.meterValues(reading, context);
    else enqueue(messages.meterValues(this.id, reading, keys));
  }

  /** Ends the session of a car with a full battery, whether it arrived full or has become so. */
  #endAfterTimeout(): void {
    const transaction = this.#transaction;
    this.#after(FULL_BATTERY_TIMEOUT_MS, () => this.#transaction === transaction && this.endTransaction('Local'));
  }
}
