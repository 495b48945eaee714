/** Carries out operators' commands to charge points and orders. An OCPP command of an operator is logged first. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Json } from '../../domain/model/object.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { report } from '../../observe/report.js';
import type { BootPolicy } from '../../ports/charger-access.js';
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { ChargerCommandSender, CommandResult } from '../../ports/charger-commands.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { LogEntry } from '../../ports/stored-records.js';
import type { BootPolicies } from '../charge-points/boot-policy.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { hasSecretName, maskSecrets, maskUrls } from '../charge-points/secret-keys.js';
import { DEFAULT_FILE_LOCATIONS, FILE_ACTIONS, findLocationProblem, type FileLocationRule } from './file-locations.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionStart } from '../transactions/transaction-start.js';

export interface OperatorCommandsDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly orderCache: Pick<OrderCache, 'get' | 'openOrdersAt'>;
  readonly orders: Pick<OrderCommandHandler, 'handle'>;
  readonly commandSender: ChargerCommandSender;
  readonly bootPolicies: Pick<BootPolicies, 'set' | 'policyOf'>;
  readonly quarantines: Pick<Quarantines, 'clear'>;
  readonly vouchedTags: Pick<VouchedTags, 'vouch'>;
  readonly chargePoints: Pick<ChargePointState, 'quarantineOf'>;
  readonly transactionStart: Pick<TransactionStart, 'stopClosed'>;
  readonly chargerEvents: Pick<ChargerEvents, 'isKnown' | 'bootStatus'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** OCPP actions that an operator may not send; `*` forbids all. */
  readonly forbiddenActions: readonly string[];
  /** Which file addresses may be sent; by default, all with https, ftps or sftp. */
  readonly fileLocations?: FileLocationRule;
}

export interface OperatorCommand {
  readonly chargePointId: string;
  /** The OCPP action, such as `Reset`. */
  readonly action: string;
  readonly payload: { readonly [key: string]: Json };
  /** How long the command may wait before it is sent, ms. */
  readonly expiresAfterMs: number;
  /** How long the charge point may take to answer, ms. */
  readonly timeoutMs: number;
}

export type OperatorCommandRefusal = {
  readonly refused: 'unknown-charge-point' | 'forbidden' | 'credential' | 'quarantined' | 'location';
  /** One sentence for the operator. */
  readonly message: string;
};

/** The detail of a command's log entry. */
interface OperatorCommandResult {
  /** The payload as sent, without credentials. */
  readonly payload: Json;
  readonly state: 'asked' | 'answered' | 'error' | 'unknown' | 'not-sent';
  /** Epoch ms. */
  readonly settledAt?: number;
  readonly status?: string;
  readonly response?: Json;
  readonly code?: string;
  readonly description?: string;
  readonly reason?: string;
}

const STOP_ACTIONS: ReadonlySet<string> = new Set(['RemoteStopTransaction', 'RequestStopTransaction']);
const START_ACTIONS: ReadonlySet<string> = new Set(['RemoteStartTransaction', 'RequestStartTransaction']);

export class OperatorCommands {
  readonly #deps: OperatorCommandsDeps;
  /** Ids of log entries whose command has no result yet. */
  readonly #pending = new Set<string>();
  /** Log entries whose result could not be saved, by id. They are saved with the next command. */
  readonly #unsaved = new Map<string, LogEntry>();

  constructor(deps: OperatorCommandsDeps) {
    this.#deps = deps;
  }

  /**
   * Sends a command. Resolves with its log entry once the charge point answers, no answer can be expected any more, or
   * the command cannot be sent; or with a refusal, which is not logged. Vouches for the tag of a remote start.
   * @errors StoreFault if the command could not be logged, in which case it was not sent, or if its result or an
   *         accepted stop could not be saved.
   */
  async send(command: OperatorCommand): Promise<LogEntry | OperatorCommandRefusal> {
    const { commandSender, vouchedTags, clock, random, events } = this.#deps;
    const refusal = this.#findRefusal(command);
    if (refusal) return refusal;
    const { chargePointId, action, payload, timeoutMs } = command;
    const at = clock.now();
    const detail = { payload: maskSecrets(payload), state: 'asked' } as const;
    const entry: LogEntry = { id: random.uuid(), chargePointId, at, kind: 'command', action, detail };
    await this.#saveEntry(entry);
    this.#pending.add(entry.id);
    if (START_ACTIONS.has(action)) vouchedTags.vouch(chargePointId, payload);
    events.emit('operator.command', { chargePointId, action });
    const onLateAnswer = (result: CommandResult): void => {
      this.#settle(command, entry, result).catch((error: unknown) => report(events, 'operator command', error));
    };
    const options = { sendBefore: at + command.expiresAfterMs, timeoutMs, onLateAnswer };
    try {
      const result = await commandSender.sendCommand(chargePointId, { type: 'action', action, payload }, options);
      return await this.#settle(command, entry, result);
    } finally {
      this.#pending.delete(entry.id);
    }
  }

  /** Records a result, in time or late, in the log and in the order. Each is saved even if the other save fails. */
  async #settle(command: OperatorCommand, entry: LogEntry, result: CommandResult): Promise<LogEntry> {
    const detail = { payload: maskSecrets(command.payload), ...toOperatorResult(result) };
    const settled = { ...entry, detail: { ...detail, settledAt: this.#deps.clock.now() } };
    this.#unsaved.set(entry.id, settled);
    const [stopped, saved] = await Promise.allSettled([this.#recordStop(command, result), this.#saveEntry()]);
    for (const outcome of [stopped, saved]) if (outcome.status === 'rejected') throw outcome.reason;
    return settled;
  }

  /** Records in the order that an operator stopped its session, if the charge point accepted an operator's stop. */
  async #recordStop({ chargePointId, action, payload }: OperatorCommand, result: CommandResult): Promise<void> {
    if (!STOP_ACTIONS.has(action) || result.kind !== 'answered' || result.status !== 'Accepted') return;
    const { transactionId } = payload;
    const order = this.#deps.orderCache
      .openOrdersAt(chargePointId)
      .find(({ session }) => session && !session.end && session.transactionId === String(transactionId));
    if (order) await this.#deps.orders.handle(order, { type: 'stop', reason: 'operator' });
  }

  /** Saves an entry, if one is given, and the results that could not be saved before. */
  async #saveEntry(...entries: readonly LogEntry[]): Promise<void> {
    const unsaved = [...this.#unsaved.values()];
    await this.#deps.store.commit({ logEntries: [...unsaved, ...entries] });
    for (const entry of unsaved) if (this.#unsaved.get(entry.id) === entry) this.#unsaved.delete(entry.id);
  }

  /**
   * Masks the secrets in a stored entry and adds a result that could not be saved. Shows a command as `unknown` if its
   * result was lost because the process ended first.
   */
  withRestartOutcome(stored: LogEntry): LogEntry {
    // An earlier version may have stored addresses with their credentials.
    const entry = { ...stored, detail: maskSecrets((this.#unsaved.get(stored.id) ?? stored).detail) };
    const { id, detail } = entry;
    const isOpen = typeof detail === 'object' && detail !== null && 'state' in detail && detail['state'] === 'asked';
    if (!isOpen || this.#pending.has(id)) return entry;
    return { ...entry, detail: { ...detail, state: 'unknown', reason: 'restarted' } };
  }

  bootPolicy(chargePointId: string): BootPolicy {
    return this.#deps.bootPolicies.policyOf(chargePointId);
  }

  /**
   * Sets how a charge point's BootNotifications are answered from now on. If the policy is `accept`, a Pending charge
   * point receives a TriggerMessage for BootNotification; a Rejected one may receive nothing and boots again by itself.
   * @returns False for an unknown charge point.
   */
  async setBootPolicy(chargePointId: string, policy: BootPolicy): Promise<boolean> {
    const { bootPolicies, chargerEvents, commandSender, events } = this.#deps;
    if (!chargerEvents.isKnown(chargePointId)) return false;
    await bootPolicies.set(chargePointId, policy);
    events.emit('operator.boot-answer', { chargePointId, answer: policy });
    if (policy === 'accept' && chargerEvents.bootStatus(chargePointId) === 'Pending')
      void commandSender.sendCommand(chargePointId, { type: 'trigger-message', requestedMessage: 'BootNotification' });
    return true;
  }

  /** Lifts a quarantine; `note` says why. @returns False if there is no quarantine. @errors StoreFault */
  clearQuarantine(chargePointId: string, note: string): Promise<boolean> {
    return this.#deps.quarantines.clear(chargePointId, note);
  }

  /**
   * Stops a running session, or ends a confirmed order without a session. An order that has ended stays as it is.
   * @returns A refusal if the order is a draft or unknown.
   */
  stop(orderId: string): Promise<Refusal | undefined> {
    return this.#handleOrder(orderId, { type: 'stop', reason: 'operator' });
  }

  /**
   * Cancels an order whose session has not begun.
   * @returns A refusal if the session has begun, or if the order has failed or is unknown.
   */
  cancel(orderId: string): Promise<Refusal | undefined> {
    return this.#handleOrder(orderId, { type: 'cancel', by: 'operator' });
  }

  /**
   * Closes an order at its last credible reading, or without a bill if its session has not begun. If the transaction
   * may still be running, the charge point receives RemoteStops, at once or after it has reconnected.
   * @returns A refusal if the order is a draft, has ended by itself, or is unknown.
   * @errors  StoreFault
   */
  async close(orderId: string, by: string, reason: string): Promise<Refusal | undefined> {
    const { orderCache, transactionStart } = this.#deps;
    const order = await orderCache.get(orderId);
    const refusal = await this.#handleOrder(orderId, { type: 'close', by, reason });
    if (!refusal && order && !order.session?.end) transactionStart.stopClosed(order);
    return refusal;
  }

  async #handleOrder(orderId: string, command: OrderCommand): Promise<Refusal | undefined> {
    const order = await this.#deps.orderCache.get(orderId);
    if (!order) return { code: 'order-unknown' };
    const result = await this.#deps.orders.handle(order, command);
    return 'refusal' in result ? result.refusal : undefined;
  }

  #findRefusal({ chargePointId, action, payload }: OperatorCommand): OperatorCommandRefusal | undefined {
    const { chargerEvents, forbiddenActions, chargePoints } = this.#deps;
    if (!chargerEvents.isKnown(chargePointId))
      return { refused: 'unknown-charge-point', message: `There is no charge point ${chargePointId}.` };
    if (forbiddenActions.includes(action) || forbiddenActions.includes('*'))
      return { refused: 'forbidden', message: `The settings do not let an operator send ${action}.` };
    const movesFiles = FILE_ACTIONS.has(action);
    const quarantine = movesFiles || START_ACTIONS.has(action) ? chargePoints.quarantineOf(chargePointId) : undefined;
    if (quarantine) {
      const what = movesFiles ? 'No file is exchanged with' : 'Nothing is started at';
      return { refused: 'quarantined', message: `${what} ${chargePointId}: ${quarantine.detail}` };
    }
    const problem = movesFiles
      ? findLocationProblem(payload, this.#deps.fileLocations ?? DEFAULT_FILE_LOCATIONS)
      : undefined;
    if (problem !== undefined) return { refused: 'location', message: problem };
    // A password that changes on only one side locks the charge point out.
    if (setsCredential(payload))
      return {
        refused: 'credential',
        message: 'A charger’s password is changed by POST /api/charge-points/{id}/password, on both sides together.',
      };
    return undefined;
  }
}

function toOperatorResult(result: CommandResult): Omit<OperatorCommandResult, 'payload' | 'settledAt'> {
  switch (result.kind) {
    case 'answered': {
      const { status, payload } = result;
      return { state: 'answered', response: maskSecrets(payload), ...(status !== undefined && { status }) };
    }
    case 'error':
      return { state: 'error', code: result.code, description: maskUrls(result.description) };
    case 'unknown':
      return { state: 'unknown', reason: result.reason };
    case 'not-sent': {
      const { reason, detail } = result;
      return { state: 'not-sent', reason, ...(detail !== undefined && { description: maskUrls(detail) }) };
    }
  }
}

/** Returns true for a ChangeConfiguration, SetVariables or SetNetworkProfile (2.1) that sets a credential. */
function setsCredential(payload: { readonly [key: string]: Json }): boolean {
  const { setVariableData, connectionData } = payload;
  const settings: readonly Json[] = [payload, ...(Array.isArray(setVariableData) ? setVariableData : [])];
  const isObject = (one: Json | undefined): one is { readonly [key: string]: Json } =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  return (
    settings.some((setting) => isObject(setting) && hasSecretName(setting)) ||
    (isObject(connectionData) && 'basicAuthPassword' in connectionData)
  );
}
