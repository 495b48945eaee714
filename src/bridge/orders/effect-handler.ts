/** Defines a handler of what decisions require: their saved effects and their best-effort requests. */
import type { CommandOf } from '../../domain/model/command.js';
import type { Accepted, EffectDraft } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';

export interface OrderEffectHandler {
  /**
   * Carries out the effects of its own kinds and ignores the others. It is called after each decision that is saved in
   * the order's document, even without a new effect. Must neither throw nor wait, because the order's next command may
   * be queued behind the caller.
   * @param effects The effects added by the decision or, if `recovered`, all effects of the order.
   * @param origin  `recovered` effects were loaded at start and may have been carried out already.
   */
  handleEffects?(order: Order, effects: readonly Effect[], origin: { readonly recovered: boolean }): void;
  /** Carries out a decision's best-effort requests, which are not saved. */
  handleHints?(order: Order, hints: DecisionHints): void;
  /**
   * Sends the stop of a decision that could not be saved: a session must end at its limit even then. The decision is
   * made again once the store answers, so the stop may be sent twice.
   */
  handleUnsavedStop?(order: Order): void;
  /**
   * Sends the charging profile of a decision that is not saved: without it, the power would be cut when the previous
   * profile ends. `answered` receives the outcome, even if the profile was not sent.
   */
  handleUnsavedProfile?(order: Order, effect: UnsavedProfile, answered: (answer: ProfileAnswer) => void): void;
  /** Called when a charge point becomes ready for commands. */
  ready?(chargePointId: string): void;
  /** Called at shutdown. The promise, if any, resolves once no delivery is in progress. */
  stop?(): void | Promise<void>;
}

export type UnsavedProfile = Extract<EffectDraft, { kind: 'set-charging-profile' }>;

export type ProfileAnswer = CommandOf<'charging-profile-answered'>['answer'];

export type DecisionHints = Pick<
  Accepted,
  'triggerMeterValues' | 'checkTransaction' | 'goesOnAfterEnd' | 'costDisplay'
>;
