/**
 * Creates the handlers that carry out the effects of saved orders. A new kind of effect needs one more handler in the
 * list.
 */
import type { CallbackRenderer, CallbackSender } from '../ports/callback-delivery.js';
import type { ChargerCommandSender } from '../ports/charger-commands.js';
import type { PaymentProvider } from '../ports/payment-provider.js';
import { report } from '../observe/report.js';
import { OrderCallbacks } from './callbacks/order-callbacks.js';
import { Outbox } from './callbacks/outbox.js';
import { OwedResponses } from './callbacks/owed-responses.js';
import { QueryResponses } from './callbacks/query-responses.js';
import { RefusedCallbacks } from './callbacks/refused-callbacks.js';
import type { NotificationLog } from './charge-points/notification-log.js';
import { ChargingProfileCommands } from './charger-commands/charging-profiles.js';
import { CleanUpCommands } from './charger-commands/clean-up.js';
import { CostUpdateCommands } from './charger-commands/cost-updates.js';
import { MeterTrigger } from './charger-commands/meter-trigger.js';
import { RemoteStartStopCommands } from './charger-commands/remote-start-stop.js';
import { ReservationCommands } from './charger-commands/reservations.js';
import { UnlockCommands } from './charger-commands/unlock-connector.js';
import type { Core } from './core.js';
import type { KeptFrames } from './kept-frames/kept-frames.js';
import type { OrderEffectHandler } from './orders/effect-handler.js';
import { PaymentLook } from './payments/payment-look.js';
import { PaymentRequests } from './payments/payment-requests.js';
import type { Availability } from './search/availability.js';
import type { CatalogueSearch } from './search/search.js';
import type { MeterGaps } from './transactions/meter-gaps.js';
import type { TransactionStart } from './transactions/transaction-start.js';
import { TransactionCheck } from './transactions/transaction-status.js';

export interface EffectHandlersDeps extends Core {
  readonly renderer: CallbackRenderer;
  readonly callbackSender: CallbackSender;
  readonly commandSender: ChargerCommandSender;
  /** Absent if we collect no payments ourselves. */
  readonly paymentProvider?: PaymentProvider | undefined;
  /** Delays between attempts at a callback or payment request, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  readonly trackingUrl: (orderId: string, now: number) => string;
  readonly search: CatalogueSearch;
  readonly availability: Availability;
  readonly notificationLog: NotificationLog;
  readonly meterGaps: MeterGaps;
  readonly transactionStart: TransactionStart;
  readonly keptFrames: KeptFrames;
}

export interface EffectHandlers {
  /** All handlers, in the order in which they receive the effects of a save. */
  readonly all: readonly OrderEffectHandler[];
  /** Callbacks that await delivery to buyer apps. */
  readonly outbox: Outbox;
  readonly owedResponses: OwedResponses;
  readonly payments: PaymentRequests;
}

export function createEffectHandlers(deps: EffectHandlersDeps): EffectHandlers {
  const { clock, random, retryMs, events, policy, paymentProvider: provider } = deps;
  const giveUpAfterMs = policy.giveUpAfterMs.answer;
  const maxGiveUpAfterMs = Math.max(giveUpAfterMs, policy.giveUpAfterMs.terminal);
  const outbox = new Outbox({ clock, random, retryMs, onError: (error) => report(events, 'callbacks', error) });
  const queryResponses = new QueryResponses(deps);
  const refusedCallbacks = new RefusedCallbacks(deps);
  const callbacks = { ...deps, outbox, refusedCallbacks };
  const owedResponses = new OwedResponses({ ...callbacks, queryResponses, giveUpAfterMs, maxGiveUpAfterMs });
  const payments = new PaymentRequests({ ...deps, provider, giveUpAfterMs: policy.giveUpAfterMs.terminal });
  const paymentLook = new PaymentLook({ ...deps, provider });
  const all: readonly OrderEffectHandler[] = [
    deps.availability,
    new RemoteStartStopCommands({ ...deps, paymentLook }),
    new ChargingProfileCommands(deps),
    new ReservationCommands(deps),
    new CleanUpCommands(deps),
    new UnlockCommands(deps),
    payments,
    new OrderCallbacks(callbacks),
    deps.meterGaps,
    new MeterTrigger(deps),
    new TransactionCheck(deps),
    deps.transactionStart,
    new CostUpdateCommands(deps),
  ];
  return { all, outbox, owedResponses, payments };
}
