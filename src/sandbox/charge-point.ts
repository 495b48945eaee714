/** A simulated OCPP-J charge point of any version: a good citizen unless told to misbehave. */
import type { Cancel } from '../ports/runtime.js';
import type { ChargePointOptions, ChargePointState, ConnectorStatus } from './charge-point/charge-point-options.js';
import { createConfigurationKeys } from './charge-point/device/configuration-keys.js';
import {
  NO_MISBEHAVIOUR,
  withMisbehaviour,
  type MisbehaviourMode,
  type MisbehaviourOptions,
} from './charge-point/device/misbehaviour.js';
import { createOcppClient } from './charge-point/device/ocpp-client.js';
import { createConnectorSimulator, type ConnectorSimulator, type StopReason } from './charge-point/connector.js';
import { messagesFor, type ProtocolMessages } from './charge-point/protocol-messages.js';
import { createTransactionQueue } from './charge-point/device/transaction-message-queue.js';

export interface SimulatedChargePoint {
  readonly id: string;
  /** Connects; resolves when the central system accepted the boot and heard the connectors' states. */
  start(): Promise<void>;
  stop(): Promise<void>;
  plug(connectorId: number): void;
  unplug(connectorId: number): void;
  /** A driver with a card. */
  localStart(connectorId: number, idTag: string): Promise<void>;
  /** A driver at the stop button. */
  localStop(connectorId: number): void;
  misbehave<M extends MisbehaviourMode>(mode: M, options?: Partial<MisbehaviourOptions[M]>): void;
  /** Good again; what has happened stays so. */
  resetMisbehaviour(): void;
  setStatus(connectorId: number, status: ConnectorStatus): void;
  state(): ChargePointState;
}

/** The charge point as a whole. */
const STATION = { connectorId: 0, status: 'Available', pluggedIn: false } as const;
const BOOT_RETRY_S = 10;
const REBOOT_MS = 20_000;

export function createChargePoint(options: ChargePointOptions): SimulatedChargePoint {
  const { id, clock, random } = options;
  const talk = messagesFor(options.ocpp ?? '1.6');
  const keys = createConfigurationKeys(options.connectors.length, options.sampleIntervalS ?? 30, options.displaysCost);
  let faults = NO_MISBEHAVIOUR;
  let accepted = false;
  let stopped = false;
  let settled: () => void = () => undefined;
  let heart: Cancel | undefined;
  let bootRetry: Cancel | undefined;
  /** The status that the central system last heard, by connector. */
  const told = new Map<number, string>();

  const client = createOcppClient({
    url: options.url,
    id,
    subprotocol: talk.subprotocol,
    ...(options.password === undefined ? {} : { password: options.password }),
    clock,
    random,
    onOpen: () => void (accepted ? resume() : boot()),
    onClose: changed,
    onCall: (action, payload) => calls(action, payload),
    ...(options.onFrame ? { onFrame: options.onFrame } : {}),
  });
  const ready = (): boolean => accepted && client.online();
  const queue = createTransactionQueue({
    client,
    clock,
    random,
    isReady: ready,
    maxAttempts: () => (options.giveUpAfterAttempts ? keys.number('TransactionMessageAttempts') : Infinity),
    retryIntervalS: () => keys.number('TransactionMessageRetryInterval'),
    sendsDuplicates: () => faults.repeatsMessages,
  });
  const connectors: ConnectorSimulator[] = options.connectors.map((spec) =>
    createConnectorSimulator(spec, {
      clock,
      random,
      keys,
      messages: talk,
      misbehaviour: () => faults,
      consume: (fault) => {
        faults = { ...faults, [fault]: faults[fault] - 1 };
      },
      reportStatus: changed,
      enqueue: (message) => queue.push(message),
      offline: () => !ready(),
      authorize,
    }),
  );
  const calls = talk.createCallHandler({
    keys,
    connectors,
    boot: () => void boot(),
    heartbeat: () => void client.call('Heartbeat', {}),
    reportStatus: (connectorId) => void tell(connectorId === undefined ? [0, ...ids()] : [connectorId]),
    pendingMessages: () => queue.size(),
    reset: (reason) => powerCycle(reason, REBOOT_MS, false),
    afterResponse: (work) => clock.callSoon(work),
  });

  const ids = (): number[] => connectors.map((one) => one.id);
  const find = (connectorId: number): ConnectorSimulator => {
    const found = connectors.find((one) => one.id === connectorId);
    if (!found) throw new Error(`${id} has no connector ${connectorId}`);
    return found;
  };
  const statusOf = (connectorId: number): ReturnType<ProtocolMessages['statusNotification']> => {
    const place = connectorId === 0 ? STATION : find(connectorId).view();
    return talk.statusNotification(place, new Date(clock.now()).toISOString());
  };

  function state(): ChargePointState {
    return {
      id,
      online: client.online(),
      accepted,
      queued: queue.size(),
      connectors: connectors.map((one) => one.view()),
    };
  }

  function changed(): void {
    if (ready()) void tell(ids().filter((one) => told.get(one) !== statusOf(one)?.status));
    options.onChange?.(state());
  }

  async function tell(which: readonly number[]): Promise<void> {
    await Promise.all(
      which.map(async (connectorId) => {
        const status = statusOf(connectorId);
        if (!status) return;
        told.set(connectorId, status.status);
        const answer = await client.call('StatusNotification', status.payload);
        if (answer.kind === 'lost' && told.get(connectorId) === status.status) told.delete(connectorId);
      }),
    );
  }

  /** OCPP 1.6 §4.2, 2.0.1 B01: nothing else is said before the central system accepts; Pending and Rejected ask again later. */
  async function boot(): Promise<void> {
    bootRetry?.();
    const about = { vendor: options.vendor ?? 'Sandbox', model: options.model ?? 'Simulated', serial: id };
    const answer = await client.call('BootNotification', talk.boot(about));
    if (stopped || (answer.kind === 'lost' && !client.online())) return;
    const said = answer.kind === 'result' ? answer.payload : {};
    const intervalS = typeof said.interval === 'number' && said.interval > 0 ? said.interval : undefined;
    if (said.status !== 'Accepted') {
      bootRetry = clock.callLater((intervalS ?? BOOT_RETRY_S) * 1_000, () => void boot());
      return;
    }
    accepted = true;
    if (intervalS !== undefined) keys.change('HeartbeatInterval', String(intervalS));
    beat();
    await tell([0, ...ids()]);
    queue.resume();
    options.onChange?.(state());
    settled();
  }

  /** A new socket after a lost one: what changed meanwhile, then what waited. No new boot: nothing booted. */
  async function resume(): Promise<void> {
    await tell(ids().filter((one) => told.get(one) !== statusOf(one)?.status));
    queue.resume();
    options.onChange?.(state());
  }

  function beat(): void {
    heart?.();
    const ms = keys.number('HeartbeatInterval') * 1_000;
    if (ms === 0) return;
    heart = clock.callLater(ms, () => {
      if (ready()) void client.call('Heartbeat', {});
      beat();
    });
  }

  async function authorize(idTag: string): Promise<boolean> {
    if (!ready()) return keys.flag('LocalAuthorizeOffline');
    const answer = await client.call('Authorize', talk.authorize(idTag));
    return answer.kind === 'result' && talk.isAccepted(answer.payload);
  }

  function powerCycle(reason: StopReason, downMs: number, lost: boolean): void {
    accepted = false;
    heart?.();
    client.drop(downMs);
    for (const one of connectors) one.endTransaction(reason, lost);
    if (lost) queue.clear();
  }

  function act(mode: MisbehaviourMode, asked: Partial<Record<string, unknown>>): void {
    const ms = (key: string, otherwise: number): number => {
      const value = asked[key];
      return typeof value === 'number' ? value : otherwise;
    };
    const soonOrLater = (work: () => void): void => {
      if (asked.afterMs === undefined) work();
      else clock.callLater(ms('afterMs', 0), () => stopped || work());
    };
    if (mode === 'drops-socket') soonOrLater(() => client.drop(ms('forMs', REBOOT_MS)));
    else if (mode === 'resets-meter') soonOrLater(() => connectors.forEach((one) => one.resetMeter()));
    else if (mode === 'reboots') soonOrLater(() => powerCycle('Reboot', ms('downMs', REBOOT_MS), asked.lost === true));
    else if (mode === 'goes-silent') client.halfOpen(typeof asked.forMs === 'number' ? asked.forMs : undefined);
    else if (mode === 'offline-start') {
      client.drop(ms('forMs', REBOOT_MS));
      const one = find(ms('connectorId', 1));
      one.plug();
      void one.localStart(String(asked.idTag));
    }
  }

  return {
    id,
    state,
    start() {
      return new Promise((resolve) => {
        settled = resolve;
        client.connect();
      });
    },
    async stop() {
      stopped = true;
      settled();
      heart?.();
      bootRetry?.();
      queue.stop();
      for (const one of connectors) one.stop();
      await client.close();
    },
    plug: (connectorId) => find(connectorId).plug(),
    unplug: (connectorId) => find(connectorId).unplug(),
    localStart: (connectorId, idTag) => find(connectorId).localStart(idTag),
    localStop: (connectorId) => find(connectorId).endTransaction('Local'),
    setStatus: (connectorId, status) => find(connectorId).setStatus(status),
    misbehave(mode, asked = {}) {
      faults = withMisbehaviour(faults, mode, asked);
      act(mode, asked);
    },
    resetMisbehaviour() {
      faults = NO_MISBEHAVIOUR;
    },
  };
}
