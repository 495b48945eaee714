/** One connector's life: cable, authorisation, transaction, meter. OCPP 1.6 §4.9, §5.11–§5.13. */
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { createBattery, type Battery } from './device/battery.js';
import type { ConnectorStatus, ConnectorView, SimulatedConnector } from './charge-point-options.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { MeterReading, ReadingContext } from './device/meter-values.js';
import type { Misbehaviour } from './device/misbehaviour.js';
import type { ProtocolMessages, TransactionMessages } from './protocol-messages.js';
import type { TransactionMessage } from './device/transaction-message-queue.js';

export type StopReason =
  'DeAuthorized' | 'EVDisconnected' | 'HardReset' | 'Local' | 'Other' | 'PowerLoss' | 'Reboot' | 'Remote' | 'SoftReset';

export interface ConnectorDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: ConfigurationKeys;
  readonly messages: ProtocolMessages;
  misbehaviour(): Misbehaviour;
  /** One fewer rejection or ignored stop is left. */
  consume(fault: 'rejectsStart' | 'ignoresStop'): void;
  /** The status changed: report it when possible. */
  reportStatus(): void;
  enqueue(message: TransactionMessage): void;
  offline(): boolean;
  /** Asks the central system; offline, as configured. */
  authorize(idTag: string): Promise<boolean>;
}

export interface ConnectorSimulator {
  readonly id: number;
  view(): ConnectorView;
  /** `remoteStartId` is 2.x's number for it. */
  remoteStart(idTag: string, remoteStartId?: number): boolean;
  /** True when this transaction is here and will be stopped, or is said to be. */
  remoteStop(transactionId: number | string): boolean;
  localStart(idTag: string): Promise<void>;
  plug(): void;
  unplug(): void;
  setStatus(status: ConnectorStatus): void;
  /** MeterValues now, as a trigger wants them. */
  sendMeterValues(): void;
  /** MeterValues when the register stands there, Wh; the last wish counts, and none takes it back. */
  sendMeterValuesAt(registerWh: number | undefined): void;
  /** The sample interval changed. */
  restartSampling(): void;
  /** Ends a running transaction; `lost` ones are told to nobody. */
  endTransaction(reason: StopReason, lost?: boolean): void;
  /** The register falls to zero. */
  resetMeter(): void;
  stop(): void;
}

interface Transaction {
  readonly idTag: string;
  readonly meterStartWh: number;
  readonly messages: TransactionMessages;
}

const HANDSHAKE_MS = 1_000;
const RAMP_DOWN_MS = 1_000;
const METER_CHECK_MS = 1_000;
const FULL_BATTERY_TIMEOUT_MS = 120_000;
const INITIAL_REGISTER_WH = 1_234_567;

export function createConnectorSimulator(spec: SimulatedConnector, deps: ConnectorDeps): ConnectorSimulator {
  const { clock, keys } = deps;
  let plugged = spec.pluggedIn ?? false;
  let status: ConnectorStatus = plugged ? 'Preparing' : 'Available';
  let battery: Battery = createBattery(spec.battery, spec);
  let registerWh = spec.registerWh ?? INITIAL_REGISTER_WH + (spec.connectorId - 1) * 111_111;
  let countedTo = clock.now();
  let authorised: string | undefined;
  let askedBy: number | undefined;
  let transaction: Transaction | undefined;
  let sampler: Cancel | undefined;
  let meterWatch: Cancel | undefined;
  const pending = new Set<Cancel>();

  function later(ms: number, work: () => void): Cancel {
    const cancel = clock.callLater(ms, () => {
      pending.delete(cancel);
      work();
    });
    pending.add(cancel);
    return cancel;
  }

  function setStatus(next: ConnectorStatus): void {
    if (next === status) return;
    // What has flowed until now flowed in the state until now.
    if (transaction) count();
    status = next;
    if (transaction && (next === 'Charging' || next === 'SuspendedEV' || next === 'SuspendedEVSE'))
      transaction.messages.chargingState(next, reading());
    deps.reportStatus();
  }

  /** Brings the meter up to the present. */
  function count(): void {
    const now = clock.now();
    if (transaction && status === 'Charging') registerWh += battery.advance(now - countedTo);
    countedTo = now;
  }

  function reading(): MeterReading {
    count();
    const idle = { powerW: 0, voltageV: battery.flow().voltageV, currentA: 0 };
    const flow = transaction && status === 'Charging' ? battery.flow() : idle;
    const soc = spec.powerType === 'DC' && plugged ? { socPercent: battery.soc() } : {};
    return { at: clock.now(), registerWh, flow, ...soc };
  }

  function sampleIn(running: Transaction | undefined, context: ReadingContext): void {
    if (running) running.messages.meterValues(reading(), context);
    else deps.enqueue(deps.messages.meterValues(spec.connectorId, reading(), keys));
  }

  function resample(): void {
    sampler?.();
    const ms = keys.number('MeterValueSampleInterval') * 1_000;
    if (!transaction || ms === 0) return;
    sampler = clock.callLater(ms, () => {
      sampleIn(transaction, 'Sample.Periodic');
      if (battery.full() && status === 'Charging') suspendFull();
      resample();
    });
  }

  /** Looks again when the energy should have flowed; power that falls makes it look more than once. */
  function sampleAt(wantedWh: number | undefined): void {
    meterWatch?.();
    const running = transaction;
    if (wantedWh === undefined || !running) return;
    const { registerWh: now, flow } = reading();
    if (now >= wantedWh) return sampleIn(running, 'Trigger');
    const ms = flow.powerW > 0 ? Math.ceil(((wantedWh - now) * 3_600_000) / flow.powerW) : METER_CHECK_MS;
    meterWatch = clock.callLater(Math.min(ms, METER_CHECK_MS), () => {
      if (transaction === running) sampleAt(wantedWh);
    });
  }

  /** The car takes no more: it pauses first and lets go after a while. */
  function suspendFull(): void {
    setStatus('SuspendedEV');
    const full = transaction;
    later(FULL_BATTERY_TIMEOUT_MS, () => transaction === full && end('Local'));
  }

  function begin(idTag: string): void {
    authorised = undefined;
    const first = reading();
    const full = battery.full();
    const talk = deps.messages.startTransaction({
      connectorId: spec.connectorId + (deps.misbehaviour().wrongConnector ? 1 : 0),
      idTag,
      remoteStartId: askedBy,
      reading: first,
      full,
      keys,
      random: deps.random,
      enqueue: deps.enqueue,
      offline: deps.offline,
      onRefused: () => {
        if (transaction === begun && keys.flag('StopTransactionOnInvalidId')) end('DeAuthorized');
      },
    });
    const begun: Transaction = { idTag, meterStartWh: Math.floor(first.registerWh), messages: talk };
    transaction = begun;
    askedBy = undefined;
    setStatus(full ? 'SuspendedEV' : 'Charging');
    resample();
  }

  function end(reason: StopReason, lost = false): void {
    const ended = transaction;
    authorised = undefined;
    if (!ended) return;
    const last = reading();
    sampler?.();
    meterWatch?.();
    transaction = undefined;
    if (!lost) ended.messages.end(last, reason);
    setStatus(plugged ? 'Finishing' : 'Available');
    if (plugged && spec.leaveDelayMs !== undefined) later(spec.leaveDelayMs, () => transaction ?? unplug());
  }

  /** Authorised: waits for the cable, but not for ever. */
  function expectCable(idTag: string): void {
    authorised = idTag;
    setStatus('Preparing');
    if (plugged) {
      later(HANDSHAKE_MS, () => authorised === idTag && begin(idTag));
      return;
    }
    later(keys.number('ConnectionTimeOut') * 1_000, () => {
      if (authorised !== idTag) return;
      authorised = undefined;
      setStatus('Available');
    });
    if (spec.cableDelayMs !== undefined) later(spec.cableDelayMs, () => authorised === idTag && plug());
  }

  function plug(): void {
    if (plugged) return;
    plugged = true;
    battery = createBattery(spec.battery, spec);
    setStatus('Preparing');
    // Its word may be the same as before, when it was authorised first; that there is a cable is news.
    deps.reportStatus();
    const idTag = authorised;
    if (idTag !== undefined) later(HANDSHAKE_MS, () => authorised === idTag && begin(idTag));
  }

  function unplug(): void {
    if (!plugged) return;
    // The meter stops with the cable: count before it is out.
    count();
    if (transaction) end('EVDisconnected');
    plugged = false;
    authorised = undefined;
    if (status !== 'Unavailable' && status !== 'Faulted') setStatus('Available');
    deps.reportStatus();
  }

  const startable = (): boolean =>
    !transaction && authorised === undefined && ['Available', 'Preparing', 'Finishing'].includes(status);

  async function authorise(idTag: string, ask: boolean): Promise<void> {
    if (ask && !(await deps.authorize(idTag))) return setStatus(plugged ? 'Preparing' : 'Available');
    if (startable()) expectCable(idTag);
  }

  return {
    id: spec.connectorId,
    plug,
    unplug,
    setStatus,
    restartSampling: resample,
    sendMeterValuesAt: sampleAt,
    endTransaction: end,
    remoteStart(idTag, remoteStartId) {
      if (!startable()) return false;
      if (deps.misbehaviour().rejectsStart > 0) {
        deps.consume('rejectsStart');
        return false;
      }
      if (!deps.misbehaviour().neverStarts) {
        askedBy = remoteStartId;
        // The answer to the remote start goes out before anything that follows from it.
        later(deps.misbehaviour().startsLateMs, () => void authorise(idTag, keys.flag('AuthorizeRemoteTxRequests')));
      }
      return true;
    },
    remoteStop(transactionId) {
      const running = transaction;
      if (!running || running.messages.id() !== transactionId) return false;
      if (deps.misbehaviour().ignoresStop > 0) deps.consume('ignoresStop');
      else later(RAMP_DOWN_MS, () => transaction === running && end('Remote'));
      return true;
    },
    localStart(idTag) {
      askedBy = undefined;
      return authorise(idTag, true);
    },
    sendMeterValues: () => sampleIn(transaction, 'Trigger'),
    resetMeter() {
      count();
      registerWh = 0;
    },
    stop() {
      sampler?.();
      meterWatch?.();
      for (const cancel of pending) cancel();
    },
    view() {
      const now = reading();
      return {
        connectorId: spec.connectorId,
        status,
        pluggedIn: plugged,
        registerWh: Math.floor(now.registerWh),
        powerW: now.flow.powerW,
        ...(now.socPercent === undefined ? {} : { socPercent: now.socPercent }),
        ...(transaction
          ? {
              transaction: {
                id: transaction.messages.id(),
                idTag: transaction.idTag,
                meterStartWh: transaction.meterStartWh,
              },
            }
          : {}),
      };
    },
  };
}
