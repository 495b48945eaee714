/** What happens to an order's effects once they are saved. A new kind of effect gets one implementation of this. */
import type { Accepted } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';

export interface OrderEffectHandler {
  /**
   * Takes over the effects of its own kinds and ignores the others. Never throws and never waits: the order's next
   * command may be queued behind the caller.
   * @param effects New in the save that has just become durable, or all of the order when `recovered`.
   * @param origin  `recovered` effects were loaded from the store at start: they may have been carried out already.
   */
  handleEffects?(order: Order, effects: readonly Effect[], origin: { readonly recovered: boolean }): void;
  /** Acts on what a decision asks for at best effort; nothing of it is saved. */
  handleHints?(order: Order, hints: DecisionHints): void;
  /** The charge point can be sent commands again. */
  ready?(chargePointId: string): void;
  /** Starts nothing new from now on. Resolves when nothing is on the wire. */
  stop?(): void | Promise<void>;
}

export type DecisionHints = Pick<Accepted, 'triggerMeterValues' | 'checkTransaction' | 'costDisplay'>;
