/** What an operator asks of a charger or an order: checked, kept before it leaves, sent, and its result kept. */
import type { Json } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { BootAnswer } from '../../config/config.js';
import type { Book } from '../orders/order-cache.js';
import type { BootAnswers } from '../charge-points/boot-policy.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Quarantines } from '../charge-points/quarantine.js';
import { isSecretKey, masked } from '../charge-points/secret-keys.js';
import type { ChargerCalls, ChargerIntake, CommandAnswer } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { NoteRecord, Store } from '../../ports/store.js';
import type { Views } from '../charge-points/charge-point-state.js';

export interface OperatorCommandsDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly calls: ChargerCalls;
  readonly boots: Pick<BootAnswers, 'set'>;
  readonly quarantines: Pick<Quarantines, 'clear'>;
  readonly views: Pick<Views, 'barred'>;
  readonly chargers: Pick<ChargerIntake, 'knows' | 'held'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Actions that an operator may not send; `*` for all. */
  readonly forbidden: readonly string[];
}

export interface Wish {
  readonly chargePointId: string;
  readonly action: string;
  readonly payload: { readonly [key: string]: Json };
  /** How long it may wait for its turn, ms. */
  readonly withinMs: number;
  /** How long the charger may take to answer, ms. */
  readonly timeoutMs: number;
}

export type WishRefused = {
  readonly refused: 'unknown-charge-point' | 'forbidden' | 'credential' | 'quarantined';
  readonly message: string;
};

/** A command's note as it is shown: `detail` says what was asked and what became of it. */
export interface CommandResult {
  readonly payload: Json;
  readonly state: 'asked' | 'answered' | 'error' | 'unknown' | 'not-sent';
  readonly settledAt?: number;
  readonly status?: string;
  readonly answer?: Json;
  readonly code?: string;
  readonly description?: string;
  readonly reason?: string;
}

const STARTS: ReadonlySet<string> = new Set(['RemoteStartTransaction', 'RequestStartTransaction']);

export class OperatorCommands {
  readonly #deps: OperatorCommandsDeps;
  readonly #underWay = new Set<string>();

  constructor(deps: OperatorCommandsDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves with the kept note once the charger answered, or it is known that it will not.
   * @errors StoreFault before anything is sent, when the wish itself cannot be kept.
   */
  async send(wish: Wish): Promise<NoteRecord | WishRefused> {
    const { store, calls, clock, random, events } = this.#deps;
    const refused = this.#refuse(wish);
    if (refused) return refused;
    const { chargePointId, action, payload } = wish;
    const at = clock.now();
    const asked = { payload: masked(payload), state: 'asked' } as const;
    const note: NoteRecord = { id: random.uuid(), chargePointId, at, kind: 'command', action, detail: asked };
    await store.commit({ notes: [note] });
    this.#underWay.add(note.id);
    events.emit('operator.command', { chargePointId, action });
    const keep = async (answer: CommandAnswer): Promise<NoteRecord> => {
      const settled: NoteRecord = { ...note, detail: { ...asked, ...resultOf(answer), settledAt: clock.now() } };
      await store.commit({ notes: [settled] });
      return settled;
    };
    const late = (answer: CommandAnswer): void => {
      keep(answer).catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
    };
    const options = { notAfter: at + wish.withinMs, timeoutMs: wish.timeoutMs, late };
    try {
      return await keep(await calls.call(chargePointId, { type: 'action', action, payload }, options));
    } finally {
      this.#underWay.delete(note.id);
    }
  }

  /** One that was asked before a restart was sent, perhaps, and its answer never heard. */
  shown(note: NoteRecord): NoteRecord {
    const detail = note.detail;
    const open = typeof detail === 'object' && detail !== null && 'state' in detail && detail['state'] === 'asked';
    if (!open || this.#underWay.has(note.id)) return note;
    return { ...note, detail: { ...detail, state: 'unknown', reason: 'restarted' } };
  }

  /**
   * How a charge point's boots are answered from now on. One that waits and may go on is asked to boot at once; the others
   * come when their interval is over. False when nobody knows it.
   */
  async answerBoot(chargePointId: string, answer: BootAnswer): Promise<boolean> {
    const { boots, chargers, calls, events } = this.#deps;
    if (!chargers.knows(chargePointId)) return false;
    await boots.set(chargePointId, answer);
    events.emit('operator.boot-answer', { chargePointId, answer });
    if (answer === 'accept' && chargers.held(chargePointId) === 'Pending')
      void calls.call(chargePointId, { type: 'trigger', what: 'BootNotification' });
    return true;
  }

  /** Lets a charge point out of its quarantine; `note` says why. False when it is in none. @errors StoreFault */
  clearQuarantine(chargePointId: string, note: string): Promise<boolean> {
    return this.#deps.quarantines.clear(chargePointId, note);
  }

  /** Ends a running session, or an order that has not begun. @errors the refusal, when there is nothing to end. */
  stop(orderId: string): Promise<Refusal | undefined> {
    return this.#apply(orderId, { type: 'stop', reason: 'operator' });
  }

  /** Takes back an order that has not begun. */
  cancel(orderId: string): Promise<Refusal | undefined> {
    return this.#apply(orderId, { type: 'cancel', by: 'operator' });
  }

  async #apply(orderId: string, command: Parameters<Desk['apply']>[1]): Promise<Refusal | undefined> {
    const order = await this.#deps.book.get(orderId);
    if (!order) return { code: 'order-unknown' };
    const applied = await this.#deps.desk.apply(order, command);
    return 'refusal' in applied ? applied.refusal : undefined;
  }

  #refuse({ chargePointId, action, payload }: Wish): WishRefused | undefined {
    const { chargers, forbidden, views } = this.#deps;
    if (!chargers.knows(chargePointId))
      return { refused: 'unknown-charge-point', message: `There is no charge point ${chargePointId}.` };
    if (forbidden.includes(action) || forbidden.includes('*'))
      return { refused: 'forbidden', message: `The settings do not let an operator send ${action}.` };
    const barred = STARTS.has(action) && views.barred(chargePointId);
    if (barred) return { refused: 'quarantined', message: `Nothing is started at ${chargePointId}: ${barred.detail}` };
    // Its password must change here and there together, or it is locked out.
    if (namesCredential(payload))
      return {
        refused: 'credential',
        message: 'A charger’s password is changed by POST /api/charge-points/{id}/password, here and there together.',
      };
    return undefined;
  }
}

function resultOf(answer: CommandAnswer): Omit<CommandResult, 'payload' | 'settledAt'> {
  switch (answer.kind) {
    case 'answered': {
      const { status, payload } = answer;
      return { state: 'answered', answer: masked(payload), ...(status !== undefined && { status }) };
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
function namesCredential(payload: { readonly [key: string]: Json }): boolean {
  if (typeof payload['key'] === 'string' && 'value' in payload) return isSecretKey(payload['key']);
  const variables = payload['setVariableData'];
  return Array.isArray(variables) && JSON.stringify(masked(variables)) !== JSON.stringify(variables);
}
