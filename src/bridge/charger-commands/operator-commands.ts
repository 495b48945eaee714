/** What an operator asks of a charger or an order: checked, kept before it leaves, sent, and its result kept. */
import type { Json } from '../../domain/model/object.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { BootPolicy } from '../../config/config.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { BootPolicies } from '../charge-points/boot-policy.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { isSecretKey, maskSecrets } from '../charge-points/secret-keys.js';
import type { ChargerCommandSender, ChargerEvents, CommandResult } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { LogEntry, Store } from '../../ports/store.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';

export interface OperatorCommandsDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly commandSender: ChargerCommandSender;
  readonly bootPolicies: Pick<BootPolicies, 'set'>;
  readonly quarantines: Pick<Quarantines, 'clear'>;
  readonly chargePoints: Pick<ChargePointState, 'quarantineOf'>;
  readonly chargerEvents: Pick<ChargerEvents, 'isKnown' | 'bootStatus'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Actions that an operator may not send; `*` for all. */
  readonly forbiddenActions: readonly string[];
}

export interface OperatorCommand {
  readonly chargePointId: string;
  readonly action: string;
  readonly payload: { readonly [key: string]: Json };
  /** How long it may wait for its turn, ms. */
  readonly expiresAfterMs: number;
  /** How long the charger may take to answer, ms. */
  readonly timeoutMs: number;
}

export type OperatorCommandRefusal = {
  readonly refused: 'unknown-charge-point' | 'forbidden' | 'credential' | 'quarantined';
  readonly message: string;
};

/** A command's note as it is shown: `detail` says what was asked and what became of it. */
export interface OperatorCommandResult {
  readonly payload: Json;
  readonly state: 'asked' | 'answered' | 'error' | 'unknown' | 'not-sent';
  readonly settledAt?: number;
  readonly status?: string;
  readonly response?: Json;
  readonly code?: string;
  readonly description?: string;
  readonly reason?: string;
}

const START_ACTIONS: ReadonlySet<string> = new Set(['RemoteStartTransaction', 'RequestStartTransaction']);

export class OperatorCommands {
  readonly #deps: OperatorCommandsDeps;
  readonly #pending = new Set<string>();

  constructor(deps: OperatorCommandsDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with the kept note once the charger answered, or it is known that it will not.
   * @errors StoreFault before anything is sent, when the wish itself cannot be kept.
   */
  async send(wish: OperatorCommand): Promise<LogEntry | OperatorCommandRefusal> {
    const { store, commandSender: calls, clock, random, events } = this.#deps;
    const refused = this.#findRefusal(wish);
    if (refused) return refused;
    const { chargePointId, action, payload } = wish;
    const at = clock.now();
    const asked = { payload: maskSecrets(payload), state: 'asked' } as const;
    const note: LogEntry = { id: random.uuid(), chargePointId, at, kind: 'command', action, detail: asked };
    await store.commit({ logEntries: [note] });
    this.#pending.add(note.id);
    events.emit('operator.command', { chargePointId, action });
    const keep = async (answer: CommandResult): Promise<LogEntry> => {
      const settled: LogEntry = { ...note, detail: { ...asked, ...toOperatorResult(answer), settledAt: clock.now() } };
      await store.commit({ logEntries: [settled] });
      return settled;
    };
    const late = (answer: CommandResult): void => {
      keep(answer).catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
    };
    const options = { sendBefore: at + wish.expiresAfterMs, timeoutMs: wish.timeoutMs, onLateAnswer: late };
    try {
      return await keep(await calls.sendCommand(chargePointId, { type: 'action', action, payload }, options));
    } finally {
      this.#pending.delete(note.id);
    }
  }

  /** One that was asked before a restart was sent, perhaps, and its answer never heard. */
  withRestartOutcome(note: LogEntry): LogEntry {
    const detail = note.detail;
    const open = typeof detail === 'object' && detail !== null && 'state' in detail && detail['state'] === 'asked';
    if (!open || this.#pending.has(note.id)) return note;
    return { ...note, detail: { ...detail, state: 'unknown', reason: 'restarted' } };
  }

  /**
   * How a charge point's boots are answered from now on. One that waits and may go on is asked to boot at once; the others
   * come when their interval is over. False when nobody knows it.
   */
  async setBootPolicy(chargePointId: string, answer: BootPolicy): Promise<boolean> {
    const { bootPolicies: boots, chargerEvents: chargers, commandSender: calls, events } = this.#deps;
    if (!chargers.isKnown(chargePointId)) return false;
    await boots.set(chargePointId, answer);
    events.emit('operator.boot-answer', { chargePointId, answer });
    if (answer === 'accept' && chargers.bootStatus(chargePointId) === 'Pending')
      void calls.sendCommand(chargePointId, { type: 'trigger-message', requestedMessage: 'BootNotification' });
    return true;
  }

  /** Lets a charge point out of its quarantine; `note` says why. False when it is in none. @errors StoreFault */
  clearQuarantine(chargePointId: string, note: string): Promise<boolean> {
    return this.#deps.quarantines.clear(chargePointId, note);
  }

  /** Ends a running session, or an order that has not begun. @errors the refusal, when there is nothing to end. */
  stop(orderId: string): Promise<Refusal | undefined> {
    return this.#handleOrder(orderId, { type: 'stop', reason: 'operator' });
  }

  /** Takes back an order that has not begun. */
  cancel(orderId: string): Promise<Refusal | undefined> {
    return this.#handleOrder(orderId, { type: 'cancel', by: 'operator' });
  }

  async #handleOrder(
    orderId: string,
    command: Parameters<OrderCommandHandler['handle']>[1],
  ): Promise<Refusal | undefined> {
    const order = await this.#deps.orderCache.get(orderId);
    if (!order) return { code: 'order-unknown' };
    const applied = await this.#deps.orders.handle(order, command);
    return 'refusal' in applied ? applied.refusal : undefined;
  }

  #findRefusal({ chargePointId, action, payload }: OperatorCommand): OperatorCommandRefusal | undefined {
    const { chargerEvents: chargers, forbiddenActions: forbidden, chargePoints: views } = this.#deps;
    if (!chargers.isKnown(chargePointId))
      return { refused: 'unknown-charge-point', message: `There is no charge point ${chargePointId}.` };
    if (forbidden.includes(action) || forbidden.includes('*'))
      return { refused: 'forbidden', message: `The settings do not let an operator send ${action}.` };
    const barred = START_ACTIONS.has(action) && views.quarantineOf(chargePointId);
    if (barred) return { refused: 'quarantined', message: `Nothing is started at ${chargePointId}: ${barred.detail}` };
    // Its password must change here and there together, or it is locked out.
    if (setsCredential(payload))
      return {
        refused: 'credential',
        message: 'A charger’s password is changed by POST /api/charge-points/{id}/password, here and there together.',
      };
    return undefined;
  }
}

function toOperatorResult(answer: CommandResult): Omit<OperatorCommandResult, 'payload' | 'settledAt'> {
  switch (answer.kind) {
    case 'answered': {
      const { status, payload } = answer;
      return { state: 'answered', response: maskSecrets(payload), ...(status !== undefined && { status }) };
    }
    case 'error':
      return { state: 'error', code: answer.code, description: answer.description };
    case 'unknown':
      return { state: 'unknown', reason: answer.reason };
    case 'not-sent': {
      const { reason, detail } = answer;
      return { state: 'not-sent', reason, ...(detail !== undefined && { description: detail }) };
    }
  }
}

/** A ChangeConfiguration or SetVariables of a credential. */
function setsCredential(payload: { readonly [key: string]: Json }): boolean {
  if (typeof payload['key'] === 'string' && 'value' in payload) return isSecretKey(payload['key']);
  const variables = payload['setVariableData'];
  return Array.isArray(variables) && JSON.stringify(maskSecrets(variables)) !== JSON.stringify(variables);
}
