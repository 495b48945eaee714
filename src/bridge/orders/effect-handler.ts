/** Defines the handler of saved effects. Each new kind of effect gets an implementation of it. */
import type { Accepted } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';

export interface OrderEffectHandler {
  /**
   * Takes over the effects of its own kinds and ignores the others. Must neither throw nor wait, because the order's
   * next command may be queued behind the caller.
   * @param effects The effects new since the last save or, if `recovered`, all effects of the order.
   * @param origin  `recovered` effects were loaded at start and may have been carried out already.
   */
  handleEffects?(order: Order, effects: readonly Effect[], origin: { readonly recovered: boolean }): void;
  /** Carries out a decision's best-effort requests, which are not saved. */
  handleHints?(order: Order, hints: DecisionHints): void;
  /**
   * Sends the stop of a decision that could not be saved, because nothing may keep a session from ending at its limit.
   * The decision is made again once the store answers, so a stop may be sent twice.
   */
  handleUnsavedStop?(order: Order): void;
  /** Called when a charge point has become ready for commands. */
  ready?(chargePointId: string): void;
  /** Called at shutdown. The promise, if any, resolves when no delivery is in progress. */
  stop?(): void | Promise<void>;
}

export type DecisionHints = Pick<Accepted, 'triggerMeterValues' | 'checkTransaction' | 'costDisplay'>;
