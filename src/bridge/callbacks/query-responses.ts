/** Renders responses that are not effects of an order, from the current data. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { Provider } from '../../domain/model/network.js';
import { type Order, buyerKey } from '../../domain/model/order.js';
import {
  type CallbackContent,
  type CallbackRenderer,
  RenderFault,
  type SiteView,
} from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { RequestRecord } from '../../ports/stored-records.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { CatalogueSearch, SearchPage, SearchPlan } from '../search/search.js';
import { parsePlan, type ResponsePlan } from './response-plan.js';

export interface QueryResponsesDeps {
  readonly catalogue: CatalogueLookup;
  readonly search: CatalogueSearch;
  readonly orderCache: Pick<OrderCache, 'get' | 'findNewest'>;
  readonly renderer: CallbackRenderer;
  readonly clock: Clock;
  readonly events: Events;
  /** Returns the URL of an order's tracking page, with a token that expires. @unit `now` epoch ms. */
  readonly trackingUrl: (orderId: string, now: number) => string;
}

/**
 * The body to send and the plan of the next page, or why nothing is sent: `invalid` if the message cannot be
 * rendered or fails our own schema, `suppressed` if the catalogue is empty and the settings suppress empty ones.
 */
export type RenderedResponse =
  | { readonly body: string; readonly nextPage?: ResponsePlan }
  | { readonly unsent: 'invalid' | 'suppressed' };

const EMPTY_PAGE: SearchPage = { hits: [] };
const ORDER_UNKNOWN: CallbackContent = { type: 'error', refusal: { code: 'order-unknown', path: 'message.order_id' } };
const TRACKED_STATES: ReadonlySet<Order['state']> = new Set(['charging', 'suspended', 'offline', 'stopping']);

export class QueryResponses {
  readonly #deps: QueryResponsesDeps;

  constructor(deps: QueryResponsesDeps) {
    this.#deps = deps;
  }

  /** Renders a record's response. Emits `callback.invalid` if that fails. */
  async render(record: RequestRecord & Required<Pick<RequestRecord, 'owed'>>): Promise<RenderedResponse> {
    const { renderer, clock, events, search } = this.#deps;
    const { network, dialect, bapId, bapUri, becknTransactionId, messageId, digest, owed } = record;
    const { replyContext, plan } = parsePlan(owed.responsePlan);
    const page = plan.type === 'search' ? await this.#findPage(plan, record) : undefined;
    if (page && search.isSuppressed(page)) return { unsent: 'suppressed' };
    try {
      const body = renderer.render({
        network,
        action: owed.action,
        dialect,
        bapId,
        bapUri,
        replyContext,
        becknTransactionId,
        messageId,
        requestDigest: digest,
        at: clock.now(),
        content: await this.#content(plan, record, page),
      });
      return { body, ...(page?.next && { nextPage: page.next }) };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      events.emit('callback.invalid', { action: owed.action, problem: error.message });
      return { unsent: 'invalid' };
    }
  }

  #findPage(plan: SearchPlan, { network, dialect }: RequestRecord): SearchPage | Promise<SearchPage> {
    const { search, renderer } = this.#deps;
    const filter = renderer.catalogueFilter?.({ network, dialect }, plan.intent.filter);
    return filter ? search.findFilteredPage(plan, filter) : search.findPage(plan);
  }

  async #content(plan: ResponsePlan, record: RequestRecord, page: SearchPage = EMPTY_PAGE): Promise<CallbackContent> {
    switch (plan.type) {
      case 'search':
        return this.#catalogue(plan, page);
      case 'status': {
        const order = await this.#deps.orderCache.get(plan.orderId);
        return order ? { type: 'order', order, site: this.#siteOf(order) } : ORDER_UNKNOWN;
      }
      case 'track':
        return this.#tracking(plan.orderId);
      case 'support':
        return this.#support(plan.refId, record);
      case 'rating':
      case 'meta':
        return plan;
      case 'error':
        return this.#error(plan);
    }
  }

  #catalogue({ intent }: SearchPlan, { hits }: SearchPage): CallbackContent {
    const position = intent.position ?? intent.circle;
    return { type: 'catalogue', network: this.#deps.catalogue.network, hits, ...(position && { position }) };
  }

  async #tracking(orderId: string): Promise<CallbackContent> {
    const { orderCache, trackingUrl, clock } = this.#deps;
    const order = await orderCache.get(orderId);
    if (!order) return ORDER_UNKNOWN;
    const active = TRACKED_STATES.has(order.state);
    return { type: 'tracking', order, site: this.#siteOf(order), active, url: trackingUrl(order.id, clock.now()) };
  }

  /**
   * Returns a provider's support contact: that of the order or item that `refId` names, else of the transaction's
   * newest order, else of the first provider. Ignores orders of other buyer apps.
   */
  async #support(refId: string | undefined, record: RequestRecord): Promise<CallbackContent> {
    const { orderCache, catalogue } = this.#deps;
    const buyer = buyerKey(record);
    const named = refId === undefined ? undefined : await orderCache.get(refId);
    const ownOrder = named && buyerKey(named.customer) === buyer ? named : undefined;
    const [itemSite] = refId === undefined ? [] : catalogue.sitesOfItem(refId);
    const provider =
      this.#providerOf(ownOrder) ??
      itemSite?.provider ??
      this.#providerOf(await orderCache.findNewest(buyer, record.becknTransactionId)) ??
      catalogue.network.providers[0];
    return {
      type: 'support',
      ...(refId !== undefined && { refId }),
      ...(provider && { name: provider.name }),
      ...provider?.support,
    };
  }

  async #error(plan: Extract<ResponsePlan, { type: 'error' }>): Promise<CallbackContent> {
    const { refusal, orderId, passthrough } = plan;
    const order = orderId === undefined ? undefined : await this.#deps.orderCache.get(orderId);
    if (order) return { type: 'error', refusal, subject: { order, site: this.#siteOf(order) } };
    return { type: 'error', refusal, ...(passthrough !== undefined && { subject: { passthrough } }) };
  }

  #providerOf(order: Order | undefined): Provider | undefined {
    return order && this.#deps.catalogue.network.providers.find(({ id }) => id === order.connector.providerId);
  }

  /** Returns an empty view if the connector is no longer configured. */
  #siteOf(order: Order): SiteView {
    return this.#deps.catalogue.site(order.connector) ?? {};
  }
}
