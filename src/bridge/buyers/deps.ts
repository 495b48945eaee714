/** Defines the dependencies of the buyer-request handlers. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { Outbox } from '../callbacks/outbox.js';
import type { OwedResponses } from '../callbacks/owed-responses.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { PaymentRequests } from '../payments/payment-requests.js';
import type { CatalogueSearch } from '../search/search.js';
import type { BuyerLimits } from './buyer-limits.js';
import type { BuyerTerms } from './buyer-terms.js';

export interface BuyerRequestsDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly outbox: Pick<Outbox, 'retryNow'>;
  readonly owedResponses: Pick<OwedResponses, 'owe' | 'oweError' | 'resume'>;
  readonly catalogue: CatalogueLookup;
  readonly chargePoints: ChargePointState;
  readonly search: CatalogueSearch;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly paymentRequests: Pick<PaymentRequests, 'lookUpDraftPayment'>;
  readonly buyerLimits: Pick<BuyerLimits, 'admit'>;
  /** True while the disk is so full that only essential writes are made. */
  readonly isDiskFull?: (() => boolean) | undefined;
  readonly buyerTerms: (bapId: string, network: string) => BuyerTerms;
}
