/** Simulates an OCPP-J charge point (1.6, 2.0.1 or 2.1) that misbehaves only on request. */
import type { Cancel } from '../ports/runtime.js';
import type { CallHandler } from './charge-point/call-handler.js';
import type {
  ChargePointOptions,
  ChargePointState,
  ConnectorStatus,
  OcppVersionName,
  StopReason,
} from './charge-point/charge-point-options.js';
import { Connector } from './charge-point/connector.js';
import { ConfigurationKeys } from './charge-point/device/configuration-keys.js';
import {
  NO_MISBEHAVIOUR,
  withMisbehaviour,
  type Misbehaviour,
  type MisbehaviourMode,
  type MisbehaviourOptions,
} from './charge-point/device/misbehaviour.js';
import { OcppClient } from './charge-point/device/ocpp-client.js';
import { TransactionQueue, type TransactionMessage } from './charge-point/device/transaction-message-queue.js';
import { v16Messages } from './charge-point/messages-v16.js';
import { v2xMessages } from './charge-point/messages-v2x.js';
import type { ProtocolMessages } from './charge-point/protocol-messages.js';
import { StatusReporter } from './charge-point/status-reporter.js';

const MESSAGES: { readonly [V in OcppVersionName]: ProtocolMessages } = {
  '1.6': v16Messages,
  '2.0.1': v2xMessages('2.0.1'),
  '2.1': v2xMessages('2.1'),
};

const DEFAULT_SAMPLE_INTERVAL_S = 30;
const BOOT_RETRY_S = 10;
const REBOOT_MS = 20_000;

export function createChargePoint(options: ChargePointOptions): SimulatedChargePoint {
  return new SimulatedChargePoint(options);
}

export class SimulatedChargePoint {
  readonly id: string;
  readonly #options: ChargePointOptions;
  readonly #messages: ProtocolMessages;
  readonly #keys: ConfigurationKeys;
  readonly #client: OcppClient;
  readonly #queue: TransactionQueue;
  readonly #connectors: readonly Connector[];
  readonly #handleCall: CallHandler;
  readonly #statuses: StatusReporter;
  #misbehaviour: Misbehaviour = NO_MISBEHAVIOUR;
  #accepted = false;
  #stopped = false;
  #resolveStart: () => void = () => undefined;
  #cancelHeartbeat: Cancel | undefined;
  #cancelBootRetry: Cancel | undefined;

  constructor(options: ChargePointOptions) {
    this.id = options.id;
    this.#options = options;
    this.#messages = MESSAGES[options.ocpp ?? '1.6'];
    this.#keys = new ConfigurationKeys({
      connectorCount: options.connectors.length,
      sampleIntervalS: options.sampleIntervalS ?? DEFAULT_SAMPLE_INTERVAL_S,
      displaysCost: options.displaysCost ?? false,
    });
    this.#client = this.#createClient();
    this.#queue = this.#createQueue(this.#client);
    this.#connectors = this.#createConnectors();
    this.#statuses = new StatusReporter({
      client: this.#client,
      clock: options.clock,
      messages: this.#messages,
      connectors: this.#connectors,
    });
    this.#handleCall = this.#createCallHandler();
  }

  /** Connects. Resolves once the boot is accepted and every connector's status has been reported, or on `stop`. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolveStart = resolve;
      this.#client.connect();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#resolveStart();
    this.#cancelHeartbeat?.();
    this.#cancelBootRetry?.();
    this.#queue.stop();
    for (const connector of this.#connectors) connector.stop();
    await this.#client.close();
  }

  plug(connectorId: number): void {
    this.#connector(connectorId).plug();
  }

  unplug(connectorId: number): void {
    this.#connector(connectorId).unplug();
  }

  /** Simulates a driver who presents a card. */
  localStart(connectorId: number, idTag: string): Promise<void> {
    return this.#connector(connectorId).localStart(idTag);
  }

  /** Simulates a driver who presses the stop button. */
  localStop(connectorId: number): void {
    this.#connector(connectorId).endTransaction('Local');
  }

  setStatus(connectorId: number, status: ConnectorStatus): void {
    this.#connector(connectorId).setStatus(status);
  }

  misbehave<M extends MisbehaviourMode>(mode: M, options: Partial<MisbehaviourOptions[M]> = {}): void {
    this.#misbehaviour = withMisbehaviour(this.#misbehaviour, mode, options);
    this.#misbehaveOnce(mode, options);
  }

  /** Ends the lasting modes of misbehaviour. Pending one-off modes still take effect, and past ones are not undone. */
  resetMisbehaviour(): void {
    this.#misbehaviour = NO_MISBEHAVIOUR;
  }

  state(): ChargePointState {
    return {
      id: this.id,
      online: this.#client.isOnline(),
      accepted: this.#accepted,
      queued: this.#queue.size(),
      connectors: this.#connectors.map((connector) => connector.view()),
    };
  }

  #createClient(): OcppClient {
    const { url, id, password, clock, random, onFrame } = this.#options;
    return new OcppClient({
      url,
      id,
      subprotocol: this.#messages.subprotocol,
      ...(password === undefined ? {} : { password }),
      clock,
      random,
      onOpen: () => void (this.#accepted ? this.#resume() : this.#boot()),
      onClose: () => this.#handleChange(),
      onCall: (action, payload) => this.#handleCall(action, payload),
      ...(onFrame ? { onFrame } : {}),
    });
  }

  #createQueue(client: OcppClient): TransactionQueue {
    const { clock, random, giveUpAfterAttempts } = this.#options;
    return new TransactionQueue({
      client,
      clock,
      random,
      isReady: () => this.#isReady(),
      maxAttempts: () => (giveUpAfterAttempts ? this.#keys.number('TransactionMessageAttempts') : Infinity),
      retryIntervalS: () => this.#keys.number('TransactionMessageRetryInterval'),
      sendsDuplicates: () => this.#misbehaviour.repeatsMessages,
    });
  }

  #createConnectors(): Connector[] {
    const { clock, random, connectors } = this.#options;
    const deps = {
      clock,
      random,
      keys: this.#keys,
      messages: this.#messages,
      misbehaviour: () => this.#misbehaviour,
      countMisbehaviour: (kind: 'rejectsStart' | 'ignoresStop') => {
        this.#misbehaviour = { ...this.#misbehaviour, [kind]: this.#misbehaviour[kind] - 1 };
      },
      reportStatus: () => this.#handleChange(),
      enqueue: (message: TransactionMessage) => this.#queue.push(message),
      isOffline: () => !this.#isReady(),
      authorize: (idTag: string) => this.#authorize(idTag),
    };
    return connectors.map((spec) => new Connector(spec, deps));
  }

  #createCallHandler(): CallHandler {
    return this.#messages.createCallHandler({
      keys: this.#keys,
      connectors: this.#connectors,
      boot: () => void this.#boot(),
      heartbeat: () => void this.#client.call('Heartbeat', {}),
      reportStatus: (connectorId) => void this.#statuses.report(connectorId),
      pendingMessages: () => this.#queue.size(),
      reset: (reason) => this.#powerCycle(reason, REBOOT_MS, false),
      afterResponse: (work) => this.#options.clock.callSoon(work),
    });
  }

  #isReady(): boolean {
    return this.#accepted && this.#client.isOnline();
  }

  #connector(connectorId: number): Connector {
    const connector = this.#connectors.find(({ id }) => id === connectorId);
    if (!connector) throw new Error(`${this.id} has no connector ${connectorId}`);
    return connector;
  }

  /**
   * Sends a BootNotification, and repeats it after an interval until it is accepted. Until then, the charge point
   * initiates no other message unless the central system triggers one.
   * @source OCPP 1.6 §4.2, OCPP 2.0.1 B01–B03.
   */
  async #boot(): Promise<void> {
    this.#cancelBootRetry?.();
    const { vendor = 'Sandbox', model = 'Simulated', clock } = this.#options;
    const result = await this.#client.call('BootNotification', this.#messages.boot({ vendor, model, serial: this.id }));
    if (this.#stopped || (result.kind === 'lost' && !this.#client.isOnline())) return;
    const { status, interval } = result.kind === 'result' ? result.payload : {};
    const intervalS = typeof interval === 'number' && interval > 0 ? interval : undefined;
    if (status !== 'Accepted') {
      this.#cancelBootRetry = clock.callLater((intervalS ?? BOOT_RETRY_S) * 1_000, () => void this.#boot());
      return;
    }
    this.#accepted = true;
    if (intervalS !== undefined) this.#keys.change('HeartbeatInterval', String(intervalS));
    this.#scheduleHeartbeat();
    await this.#statuses.report(undefined);
    this.#queue.resume();
    this.#options.onChange?.(this.state());
    this.#resolveStart();
  }

  /** Reports changed statuses, then resumes the queue. A new socket alone needs no new BootNotification. */
  async #resume(): Promise<void> {
    await this.#statuses.reportChanged();
    this.#queue.resume();
    this.#options.onChange?.(this.state());
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat?.();
    const intervalMs = this.#keys.number('HeartbeatInterval') * 1_000;
    if (intervalMs === 0) return;
    this.#cancelHeartbeat = this.#options.clock.callLater(intervalMs, () => {
      if (this.#isReady()) void this.#client.call('Heartbeat', {});
      this.#scheduleHeartbeat();
    });
  }

  async #authorize(idTag: string): Promise<boolean> {
    if (!this.#isReady()) return this.#keys.flag('LocalAuthorizeOffline');
    const result = await this.#client.call('Authorize', this.#messages.authorize(idTag));
    return result.kind === 'result' && this.#messages.isAccepted(result.payload);
  }

  #handleChange(): void {
    if (this.#isReady()) void this.#statuses.reportChanged();
    this.#options.onChange?.(this.state());
  }

  /**
   * Ends all sessions, stays offline for `downMs` and boots again.
   * @param lost Whether to report none of the ended sessions and to discard the queued messages.
   */
  #powerCycle(reason: StopReason, downMs: number, lost: boolean): void {
    this.#accepted = false;
    this.#cancelHeartbeat?.();
    this.#client.drop(downMs);
    for (const connector of this.#connectors) connector.endTransaction(reason, lost);
    if (lost) this.#queue.clear();
  }

  /** Carries out a one-off mode. Lasting modes only change `#misbehaviour`. */
  #misbehaveOnce(mode: MisbehaviourMode, options: Partial<Record<string, unknown>>): void {
    const ms = (name: string, fallback: number): number => {
      const value = options[name];
      return typeof value === 'number' ? value : fallback;
    };
    const afterDelay = (work: () => void): void => {
      if (options.afterMs === undefined) work();
      else this.#options.clock.callLater(ms('afterMs', 0), () => this.#stopped || work());
    };
    if (mode === 'drops-socket') afterDelay(() => this.#client.drop(ms('forMs', REBOOT_MS)));
    else if (mode === 'resets-meter') afterDelay(() => this.#connectors.forEach((connector) => connector.resetMeter()));
    else if (mode === 'reboots')
      afterDelay(() => this.#powerCycle('Reboot', ms('downMs', REBOOT_MS), options.lost === true));
    else if (mode === 'goes-silent')
      this.#client.goHalfOpen(typeof options.forMs === 'number' ? options.forMs : undefined);
    else if (mode === 'offline-start') {
      this.#client.drop(ms('forMs', REBOOT_MS));
      const connector = this.#connector(ms('connectorId', 1));
      connector.plug();
      void connector.localStart(String(options.idTag));
    }
  }
}
