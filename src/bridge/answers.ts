/** Answers to questions that change nothing, made when they are sent: from the world as it is then. */
import { buyerKey, type Json } from '../domain/order.js';
import type { Refusal } from '../domain/refusal.js';
import type { Catalogue } from '../domain/catalogue.js';
import type { Book } from './book.js';
import type { Offers } from './offers.js';
import type { Scribe } from './scribe.js';
import {
  type CallbackContent,
  type CallbackWriter,
  type MetaSubject,
  RenderFault,
  type SearchIntent,
} from './ports/buyers.js';
import type { Events } from './ports/observe.js';
import type { Clock } from './ports/runtime.js';
import type { RequestRecord } from './ports/store.js';

/** What an owed answer is made from. JSON, because it waits in the store. */
export type Recipe =
  | { readonly type: 'search'; readonly intent: SearchIntent }
  | { readonly type: 'status'; readonly orderId: string }
  | { readonly type: 'track'; readonly orderId: string }
  | { readonly type: 'support'; readonly refId?: string }
  | { readonly type: 'rating' }
  | { readonly type: 'meta'; readonly about: MetaSubject }
  | { readonly type: 'error'; readonly refusal: Refusal; readonly orderId?: string; readonly echo?: Json };

/** An answer's recipe together with how its dialect answers. */
export interface Kept {
  readonly conversation: Json;
  readonly recipe: Recipe;
}

export interface AnswersDeps {
  readonly catalogue: Catalogue;
  readonly book: Book;
  readonly scribe: Scribe;
  readonly writer: CallbackWriter;
  readonly clock: Clock;
  readonly events: Events;
  /** A page that shows an order's session; the token in it expires. */
  readonly trackingUrl: (orderId: string, now: number) => string;
  readonly offers: Offers;
}

export class Answers {
  readonly #deps: AnswersDeps;

  constructor(deps: AnswersDeps) {
    this.#deps = deps;
  }

  /** The message's text; `undefined` when our own schema refuses it: alarmed, never sent. */
  async render(record: RequestRecord): Promise<string | undefined> {
    const { writer, clock, events } = this.#deps;
    if (!record.owed) return undefined;
    const kept = readKept(record.owed.recipe);
    try {
      return writer.write({
        ...(record.network !== undefined && { network: record.network }),
        action: record.owed.action,
        dialect: record.dialect,
        bapId: record.bapId,
        bapUri: record.bapUri,
        conversation: kept.conversation,
        becknTransactionId: record.becknTransactionId,
        messageId: record.messageId,
        at: clock.now(),
        content: await this.#content(kept.recipe, buyerKey(record)),
      });
    } catch (error) {
      if (!(error instanceof RenderFault)) throw error;
      events.emit('callback.invalid', { action: record.owed.action, problem: error.message });
      return undefined;
    }
  }

  async #content(recipe: Recipe, buyer: string): Promise<CallbackContent> {
    const { book, scribe, clock, catalogue } = this.#deps;
    switch (recipe.type) {
      case 'search':
        return this.#search(recipe.intent);
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

  #search(intent: SearchIntent): CallbackContent {
    const { catalogue, offers } = this.#deps;
    const hits = catalogue.search(intent).map(({ site, distanceM }) => ({
      ...offers.hit(site),
      ...(distanceM !== undefined && { distanceM }),
    }));
    const position = intent.position ?? intent.circle;
    return {
      type: 'catalogue',
      network: catalogue.network,
      hits,
      ...(position && { position }),
      ...(intent.filter !== undefined && { filter: intent.filter }),
    };
  }
}

const unknownOrder: CallbackContent = { type: 'error', refusal: { code: 'order-unknown', path: 'message.order_id' } };

/** To the store and back: a recipe is written as JSON and read as what was written. */
export function writeKept(kept: Kept): Json {
  return kept as unknown as Json;
}

function readKept(value: Json): Kept {
  return value as unknown as Kept;
}
