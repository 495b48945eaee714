/** Answers to questions that change nothing, made when they are sent: from the world as it is then. */
import { buyerKey } from '../../domain/model/order.js';
import { type Json } from '../../domain/model/object.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { EffectFactory } from '../orders/effect-factory.js';
import type { SearchPage, SearchPlan, CatalogueSearch } from '../search/search.js';
import { type MetaSubject } from '../../ports/buyer-requests.js';
import { RenderFault, type CallbackRenderer, type CallbackContent } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { RequestRecord } from '../../ports/store.js';

/** What an owed answer is made from. JSON, because it waits in the store. */
export type ResponsePlan =
  | SearchPlan
  | { readonly type: 'status'; readonly orderId: string }
  | { readonly type: 'track'; readonly orderId: string }
  | { readonly type: 'support'; readonly refId?: string }
  | { readonly type: 'rating'; readonly passthrough?: Json }
  | { readonly type: 'meta'; readonly subject: MetaSubject }
  | { readonly type: 'error'; readonly refusal: Refusal; readonly orderId?: string; readonly passthrough?: Json };

/** An answer's recipe together with how its dialect answers. */
export interface StoredPlan {
  readonly replyContext: Json;
  readonly plan: ResponsePlan;
}

export interface QueryResponsesDeps {
  readonly catalogue: Catalogue;
  readonly search: CatalogueSearch;
  readonly orderCache: OrderCache;
  readonly effectFactory: EffectFactory;
  readonly renderer: CallbackRenderer;
  readonly clock: Clock;
  readonly events: Events;
  /** A page that shows an order's session; the token in it expires. */
  readonly trackingUrl: (orderId: string, now: number) => string;
}

/** An answer's text, and what is owed after it; or nothing, where nobody is to be told. */
export type RenderedResponse = { readonly body: string; readonly next?: ResponsePlan } | 'suppressed';

export class QueryResponses {
  readonly #deps: QueryResponsesDeps;

  constructor(deps: QueryResponsesDeps) {
    this.#deps = deps;
  }

  /** The message's text; `undefined` when our own schema refuses it: alarmed, never sent. */
  async render(record: RequestRecord): Promise<RenderedResponse | undefined> {
    const { renderer: writer, clock, events } = this.#deps;
    if (!record.owed) return undefined;
    const kept = parsePlan(record.owed.responsePlan);
    const page = kept.plan.type === 'search' ? await this.#page(kept.plan, record) : undefined;
    if (page && this.#deps.search.isSuppressed(page)) return 'suppressed';
    try {
      const body = writer.render({
        network: record.network,
        action: record.owed.action,
        dialect: record.dialect,
        bapId: record.bapId,
        bapUri: record.bapUri,
        replyContext: kept.replyContext,
        becknTransactionId: record.becknTransactionId,
        messageId: record.messageId,
        requestDigest: record.digest,
        at: clock.now(),
        content: await this.#content(kept.plan, buyerKey(record), page),
      });
      return { body, ...(page?.next && { next: page.next }) };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      events.emit('callback.invalid', { action: record.owed.action, problem: error.message });
      return undefined;
    }
  }

  #page(recipe: SearchPlan, { network, dialect }: RequestRecord): SearchPage | Promise<SearchPage> {
    const { search: searches, renderer: writer } = this.#deps;
    const told = writer.catalogueFilter?.({ network, dialect }, recipe.intent.filter);
    return told ? searches.findFilteredPage(recipe, told) : searches.findPage(recipe);
  }

  async #content(recipe: ResponsePlan, buyer: string, page: SearchPage = EMPTY_PAGE): Promise<CallbackContent> {
    const { orderCache: book, effectFactory: scribe, clock, catalogue } = this.#deps;
    switch (recipe.type) {
      case 'search':
        return this.#catalogue(recipe, page);
      case 'status': {
        const order = await book.get(recipe.orderId);
        return order ? { type: 'order', order, site: scribe.siteView(order) } : ORDER_UNKNOWN;
      }
      case 'track': {
        const order = await book.get(recipe.orderId);
        if (!order) return ORDER_UNKNOWN;
        const active = ['charging', 'suspended', 'offline', 'stopping'].includes(order.state);
        const url = this.#deps.trackingUrl(order.id, clock.now());
        return { type: 'tracking', order, site: scribe.siteView(order), active, url };
      }
      case 'support': {
        const order = recipe.refId === undefined ? undefined : await book.get(recipe.refId);
        const own = order && buyerKey(order.customer) === buyer ? order : undefined;
        const [named] = recipe.refId === undefined ? [] : catalogue.sitesOfItem(recipe.refId);
        const provider =
          (own && catalogue.site(own.connector)?.provider) ?? named?.provider ?? catalogue.network.providers[0];
        return {
          type: 'support',
          ...(recipe.refId !== undefined && { refId: recipe.refId }),
          ...(provider && { name: provider.name }),
          ...provider?.support,
        };
      }
      case 'rating':
      case 'meta':
        return recipe;
      case 'error':
        return this.#error(recipe);
    }
  }

  async #error({
    refusal,
    orderId,
    passthrough: echo,
  }: Extract<ResponsePlan, { type: 'error' }>): Promise<CallbackContent> {
    const order = orderId === undefined ? undefined : await this.#deps.orderCache.get(orderId);
    if (order) return { type: 'error', refusal, subject: { order, site: this.#deps.effectFactory.siteView(order) } };
    return { type: 'error', refusal, ...(echo !== undefined && { subject: { passthrough: echo } }) };
  }

  #catalogue({ intent }: SearchPlan, { hits }: SearchPage): CallbackContent {
    const position = intent.position ?? intent.circle;
    return {
      type: 'catalogue',
      network: this.#deps.catalogue.network,
      hits,
      ...(position && { position }),
    };
  }
}

const EMPTY_PAGE: SearchPage = { hits: [] };
const ORDER_UNKNOWN: CallbackContent = { type: 'error', refusal: { code: 'order-unknown', path: 'message.order_id' } };

/** To the store and back: a recipe is written as JSON and read as what was written. */
export function serializePlan(kept: StoredPlan): Json {
  return kept as unknown as Json;
}

function parsePlan(value: Json): StoredPlan {
  return value as unknown as StoredPlan;
}

/** The record as it owes the next part of its answer; its horizon stays, for the asker waits no longer for it. */
export function oweNextPage(record: RequestRecord, recipe: ResponsePlan, now: number): RequestRecord {
  const { owed } = record;
  if (!owed) return record;
  const { lastError: _lastError, ...rest } = owed;
  const kept: StoredPlan = { ...parsePlan(owed.responsePlan), plan: recipe };
  return { ...record, owed: { ...rest, attempts: 0, dueAt: now, responsePlan: serializePlan(kept) } };
}
