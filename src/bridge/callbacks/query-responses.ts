/** Answers to questions that change nothing, made when they are sent: from the world as it is then. */
import { buyerKey, type Json } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Book } from '../orders/order-cache.js';
import type { Scribe } from '../orders/effect-factory.js';
import type { Page, SearchRecipe, Searches } from '../search/search.js';
import {
  type CallbackContent,
  type CallbackWriter,
  type MetaSubject,
  RenderFault,
} from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { RequestRecord } from '../../ports/store.js';

/** What an owed answer is made from. JSON, because it waits in the store. */
export type Recipe =
  | SearchRecipe
  | { readonly type: 'status'; readonly orderId: string }
  | { readonly type: 'track'; readonly orderId: string }
  | { readonly type: 'support'; readonly refId?: string }
  | { readonly type: 'rating'; readonly echo?: Json }
  | { readonly type: 'meta'; readonly about: MetaSubject }
  | { readonly type: 'error'; readonly refusal: Refusal; readonly orderId?: string; readonly echo?: Json };

/** An answer's recipe together with how its dialect answers. */
export interface Kept {
  readonly conversation: Json;
  readonly recipe: Recipe;
}

export interface AnswersDeps {
  readonly catalogue: Catalogue;
  readonly searches: Searches;
  readonly book: Book;
  readonly scribe: Scribe;
  readonly writer: CallbackWriter;
  readonly clock: Clock;
  readonly events: Events;
  /** A page that shows an order's session; the token in it expires. */
  readonly trackingUrl: (orderId: string, now: number) => string;
}

/** An answer's text, and what is owed after it; or nothing, where nobody is to be told. */
export type Rendered = { readonly body: string; readonly next?: Recipe } | 'nothing';

export class Answers {
  readonly #deps: AnswersDeps;

  constructor(deps: AnswersDeps) {
    this.#deps = deps;
  }

  /** The message's text; `undefined` when our own schema refuses it: alarmed, never sent. */
  async render(record: RequestRecord): Promise<Rendered | undefined> {
    const { writer, clock, events } = this.#deps;
    if (!record.owed) return undefined;
    const kept = readKept(record.owed.recipe);
    const page = kept.recipe.type === 'search' ? await this.#page(kept.recipe, record) : undefined;
    if (page && this.#deps.searches.silent(page)) return 'nothing';
    try {
      const body = writer.write({
        ...(record.network !== undefined && { network: record.network }),
        action: record.owed.action,
        dialect: record.dialect,
        bapId: record.bapId,
        bapUri: record.bapUri,
        conversation: kept.conversation,
        becknTransactionId: record.becknTransactionId,
        messageId: record.messageId,
        requestDigest: record.digest,
        at: clock.now(),
        content: await this.#content(kept.recipe, buyerKey(record), page),
      });
      return { body, ...(page?.next && { next: page.next }) };
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      events.emit('callback.invalid', { action: record.owed.action, problem: error.message });
      return undefined;
    }
  }

  #page(recipe: SearchRecipe, { network, dialect }: RequestRecord): Page | Promise<Page> {
    const { searches, writer } = this.#deps;
    const told = writer.tellsOf?.({ ...(network !== undefined && { network }), dialect }, recipe.intent.filter);
    return told ? searches.pageOfTold(recipe, told) : searches.page(recipe);
  }

  async #content(recipe: Recipe, buyer: string, page: Page = NO_PAGE): Promise<CallbackContent> {
    const { book, scribe, clock, catalogue } = this.#deps;
    switch (recipe.type) {
      case 'search':
        return this.#catalogue(recipe, page);
      case 'status': {
        const order = await book.get(recipe.orderId);
        return order ? { type: 'order', order, site: scribe.siteView(order) } : unknownOrder;
      }
      case 'track': {
        const order = await book.get(recipe.orderId);
        if (!order) return unknownOrder;
        const active = ['charging', 'suspended', 'offline', 'stopping'].includes(order.state);
        const url = this.#deps.trackingUrl(order.id, clock.now());
        return { type: 'tracking', order, site: scribe.siteView(order), active, url };
      }
      case 'support': {
        const order = recipe.refId === undefined ? undefined : await book.get(recipe.refId);
        const own = order && buyerKey(order.peer) === buyer ? order : undefined;
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

  async #error({ refusal, orderId, echo }: Extract<Recipe, { type: 'error' }>): Promise<CallbackContent> {
    const order = orderId === undefined ? undefined : await this.#deps.book.get(orderId);
    if (order) return { type: 'error', refusal, about: { order, site: this.#deps.scribe.siteView(order) } };
    return { type: 'error', refusal, ...(echo !== undefined && { about: { echo } }) };
  }

  #catalogue({ intent }: SearchRecipe, { hits }: Page): CallbackContent {
    const position = intent.position ?? intent.circle;
    return {
      type: 'catalogue',
      network: this.#deps.catalogue.network,
      hits,
      ...(position && { position }),
    };
  }
}

const NO_PAGE: Page = { hits: [] };
const unknownOrder: CallbackContent = { type: 'error', refusal: { code: 'order-unknown', path: 'message.order_id' } };

/** To the store and back: a recipe is written as JSON and read as what was written. */
export function writeKept(kept: Kept): Json {
  return kept as unknown as Json;
}

function readKept(value: Json): Kept {
  return value as unknown as Kept;
}

/** The record as it owes the next part of its answer; its horizon stays, for the asker waits no longer for it. */
export function owingNext(record: RequestRecord, recipe: Recipe, now: number): RequestRecord {
  const { owed } = record;
  if (!owed) return record;
  const { lastError: _lastError, ...rest } = owed;
  const kept: Kept = { ...readKept(owed.recipe), recipe };
  return { ...record, owed: { ...rest, attempts: 0, dueAt: now, recipe: writeKept(kept) } };
}
