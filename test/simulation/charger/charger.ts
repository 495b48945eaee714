/** A small OCPP 1.6 charge point with the faults of real ones. It shares no code with the product. */
import type { SeededRandom } from '../runtime/seeded-random.js';
import { CallQueue, numberAt, readFrame, statusOf } from './call-queue.js';
import { answerCall } from './charger-commands.js';
import { at } from '../runtime/json.js';
import type { Faults } from '../faults.js';
import type { History } from '../runtime/history.js';
import { ChargerConnection } from './charger-connection.js';
import type { Habits } from './charger-habits.js';
import { scheduleAlignedValues, sendMeterValues, suspendWhenFull } from './charger-meter.js';
import { stopMessage } from './charger-stop.js';
import { SimulatedConnector, type Session } from './connector.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';

export interface ChargerEnvironment {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  readonly history: History;
  readonly habits: Habits;
  /** Connects to the bridge. Returns false if the bridge is down. */
  readonly connect: (connection: ChargerConnection) => boolean;
}

const HEARTBEAT_MS = 300_000;

export class Charger {
  readonly connectors: readonly SimulatedConnector[];
  readonly callQueue: CallQueue;
  accepted = false;
  powered = false;
  /** The offset of its clock from virtual time, ms. */
  clockOffsetMs = 0;
  connection: ChargerConnection | undefined;
  #sockets = 0;
  readonly habits: Habits;
  readonly relativeMeter: boolean;
  /** Its feature profiles besides Core. */
  readonly featureProfiles: readonly string[];

  constructor(
    readonly environment: ChargerEnvironment,
    readonly id: string,
    connectors: readonly { readonly connectorId: number; readonly powerW: number }[],
  ) {
    const { time, random, faults } = environment;
    const register = (): number => (random.happens(0.2) ? 0 : random.between(1000, 9_000_000));
    this.connectors = connectors.map((one) => new SimulatedConnector(time, one.connectorId, one.powerW, register()));
    this.habits = environment.habits;
    this.relativeMeter = faults.strikes('relative-meter', random, 0.4);
    this.featureProfiles = ['SmartCharging', 'Reservation'].filter(() => random.happens(0.5));
    const newIds = faults.strikes('new-id-on-retry', random, 0.6);
    this.callQueue = new CallQueue({
      time,
      random,
      send: (text) => this.connection?.send(text),
      // It cannot tell a dead connection from a live one, and sends into both.
      online: () => this.connection !== undefined,
      accepted: () => this.accepted,
      connectionSuspected: () => this.connection?.drop(),
      newIdOnRetry: () => newIds || this.habits.restampsStarts,
      maxAttempts: () => (faults.has('unanswered-start') ? 4 : 200),
    });
    if (this.habits.clockAligned) scheduleAlignedValues(this);
    if (this.habits.reconnectMs > 0) this.#reconnectAgainAndAgain();
  }

  #reconnectAgainAndAgain(): void {
    this.environment.time.after(this.habits.reconnectMs, () => {
      this.connection?.drop();
      this.#reconnectAgainAndAgain();
    });
  }

  stepClock(stepMs: number): void {
    this.clockOffsetMs += stepMs;
    this.environment.history.add({ kind: 'charger-clock', charger: this.id, stepMs });
  }

  now(): string {
    return new Date(this.environment.time.now() + this.clockOffsetMs).toISOString();
  }

  start(): void {
    this.powered = true;
    this.accepted = false;
    this.connect(true);
  }

  connect(boot: boolean): void {
    if (!this.powered || this.connection?.open) return;
    const { time, random, history, connect } = this.environment;
    const connection: ChargerConnection = new ChargerConnection(
      { ...this.environment, history },
      this.id,
      ++this.#sockets,
      {
        frame: (text) => {
          if (this.connection === connection) this.#handleFrame(text);
        },
        closed: () => {
          if (this.connection === connection) this.#handleClose();
        },
      },
    );
    this.connection = connection;
    if (!connect(connection)) {
      this.connection = undefined;
      connection.handleProcessDeath();
      time.after(random.between(2000, 30_000), () => this.connect(boot));
      return;
    }
    if (boot || !this.accepted) this.#sendBoot();
    else if (!this.environment.faults.strikes('silent-socket', random, 0.3)) {
      for (const connector of this.connectors) this.reportStatus(connector);
    }
    this.callQueue.sendNext();
    this.#scheduleHeartbeat(connection);
  }

  /** Opens further sockets and leaves the old ones open, like a charger whose timers run twice. */
  openAgain(times: number): void {
    const { connection } = this;
    if (!this.powered || !connection?.open) return;
    this.connection = undefined;
    this.connect(false);
    if (times > 1) this.environment.time.after(1000, () => this.openAgain(times - 1));
  }

  /** Schedules heartbeats. Without them an idle charger does not notice a dead connection. */
  #scheduleHeartbeat(connection: ChargerConnection): void {
    this.environment.time.after(HEARTBEAT_MS, () => {
      if (this.connection !== connection) return;
      this.callQueue.add({ action: 'Heartbeat', payload: () => ({}), persistent: false });
      this.#scheduleHeartbeat(connection);
    });
  }

  #sendBoot(): void {
    const { time } = this.environment;
    this.callQueue.add({
      action: 'BootNotification',
      payload: () => ({ chargePointVendor: 'Simulated', chargePointModel: 'One' }),
      persistent: false,
      onResult: (answer) => {
        if (at(answer, 'status') !== 'Accepted') {
          // OCPP 1.6 §4.2: it waits for the interval of the answer; without an answer or an interval, for a minute.
          const intervalS = Number(at(answer, 'interval') ?? 0);
          time.after(intervalS > 0 ? intervalS * 1000 : 60_000, () => {
            if (this.powered && !this.accepted) this.#sendBoot();
          });
          return;
        }
        this.accepted = true;
        for (const connector of this.connectors) this.reportStatus(connector);
      },
    });
  }

  #handleClose(): void {
    this.connection = undefined;
    this.callQueue.handleDisconnect();
    const boot = !this.accepted || this.environment.random.happens(0.2);
    this.environment.time.after(this.environment.random.between(1000, 20_000), () => this.connect(boot));
  }

  /**
   * Restarts the charger.
   * @param endReport The StopTransaction of a running session gives the reason `Reboot` for `before` and `PowerLoss`
   *   for `after`. A charger that sends it before has some seconds for it; the power cut of the others loses the
   *   frame, which arrives only after the restart. For `never` there is none.
   */
  reboot(endReport: 'before' | 'after' | 'never'): void {
    if (!this.powered) return;
    if (endReport !== 'before') {
      this.#cutPower(endReport);
      return;
    }
    for (const connector of this.connectors) this.endTransaction(connector, 'Reboot');
    const { time, random } = this.environment;
    time.after(random.between(1000, 5000), () => this.#cutPower('after'));
  }

  /** Cuts and restores the power. */
  #cutPower(endReport: 'after' | 'never'): void {
    if (!this.powered) return;
    const { time, random } = this.environment;
    for (const connector of this.connectors) {
      if (connector.pending) connector.pending.cancelled = true;
      connector.pending = undefined;
      if (endReport === 'never') this.dropSession(connector);
      else this.endTransaction(connector, 'PowerLoss');
    }
    this.powered = false;
    const { connection } = this;
    this.connection = undefined;
    connection?.drop();
    this.callQueue.handleDisconnect();
    this.callQueue.handleRestart(random.happens(0.3));
    for (const connector of this.connectors) Object.assign(connector, { status: 'Available', muted: false });
    time.after(random.between(10_000, 120_000), () => this.start());
  }

  dropSession(connector: SimulatedConnector): void {
    connector.setFlowing(false);
    this.recordFlow(connector);
    connector.session = undefined;
  }

  /** Records for the checker the energy that flowed in the session. */
  recordFlow(connector: SimulatedConnector): void {
    const { session } = connector;
    if (!session) return;
    const { tag, meterStart, deliveredAtStart } = session;
    const wh = connector.deliveredWh() - deliveredAtStart;
    this.environment.history.add({ kind: 'flow', charger: this.id, connector: connector.id, tag, meterStart, wh });
  }

  reportStatus(connector: SimulatedConnector, status = connector.status): void {
    connector.status = status;
    if (connector.muted) return;
    const payload = (): object => ({
      connectorId: connector.id,
      errorCode: 'NoError',
      status: connector.status,
      timestamp: this.now(),
    });
    this.callQueue.add({ action: 'StatusNotification', payload, persistent: false });
  }

  startTransaction(connector: SimulatedConnector, orderTag: string): void {
    const { time, random, faults } = this.environment;
    const tag = orderTag + this.habits.appended;
    connector.muted = false;
    if (this.habits.zeroMeter) connector.resetRegister();
    const meterStart = connector.registerWh();
    const session: Session = {
      tag,
      meterStart,
      startedAt: time.now(),
      deliveredAtReset: connector.deliveredWh(),
      deliveredAtStart: connector.deliveredWh(),
      stopping: false,
      samples: 0,
      soc: random.between(10, 60),
      capacityWh: random.between(4000, 30_000),
      full: false,
    };
    connector.session = session;
    if (faults.strikes('slow-car', this.habits.random, 0.7))
      connector.carShare = this.habits.random.between(20, 90) / 100;
    connector.setFlowing(true);
    const startedAt = this.now();
    const stamp = (): string => (this.habits.restampsStarts ? this.now() : startedAt);
    this.callQueue.add({
      action: 'StartTransaction',
      payload: () => ({ connectorId: connector.id, idTag: tag, meterStart, timestamp: stamp() }),
      persistent: true,
      onResult: (payload) => {
        const answerLost = faults.strikes('unanswered-start', random, 0.2);
        session.transaction = answerLost ? -1 : (numberAt(payload, 'transactionId') ?? -1);
        if (answerLost) return;
        const refused = statusOf(payload) !== 'Accepted';
        const leaves = tag.startsWith('STRANGER') || random.happens(0.7);
        if (refused && connector.session === session && leaves) this.endTransaction(connector, 'DeAuthorized');
      },
      onGivenUp: () => {
        session.transaction = -1;
      },
    });
    this.reportStatus(connector, 'Charging');
    this.#scheduleSample(connector, session);
  }

  #scheduleSample(connector: SimulatedConnector, session: Session): void {
    this.environment.time.after(this.habits.sampleMs, () => {
      if (connector.session !== session) return;
      sendMeterValues(this, connector);
      suspendWhenFull(this, connector, session);
      this.#scheduleSample(connector, session);
    });
  }

  /** Ends the transaction if one is running. */
  endTransaction(connector: SimulatedConnector, reason: string): void {
    const { session } = connector;
    if (!session) return;
    const { faults, random, time } = this.environment;
    connector.setFlowing(false);
    this.recordFlow(connector);
    const message = stopMessage(this, connector, session, reason);
    connector.session = undefined;
    const lost = faults.strikes('stop-lost', this.habits.random, 0.3);
    if (lost) connector.muted = this.habits.random.happens(0.5);
    else if (faults.strikes('reordered', random, 0.3)) this.callQueue.addFirst(message);
    else this.callQueue.add(message);
    this.reportStatus(connector, 'Finishing');
    time.after(random.between(5000, 90_000), () => {
      if (!connector.session && !connector.pending && connector.status === 'Finishing')
        this.reportStatus(connector, 'Available');
    });
  }

  #handleFrame(frame: string): void {
    const parts = readFrame(frame);
    if (parts[0] !== 2) {
      this.callQueue.handleAnswer(parts);
      return;
    }
    const { time, random, faults } = this.environment;
    const answer = answerCall(this, String(parts[2]), parts[3]);
    if (!answer) return;
    const { connection } = this;
    const slow = faults.strikes('slow-network', random, 0.05) ? 60_000 : 300;
    time.after(random.between(1, slow), () => {
      if (this.connection !== connection) return;
      connection?.send(JSON.stringify([3, parts[1], answer]));
    });
  }
}
