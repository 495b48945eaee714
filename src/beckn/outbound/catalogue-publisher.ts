/**
 * Keeps a discovery service up to date: everything at start, then what has changed, gathered for a moment, again until
 * it is taken. What is not taken yet is in memory alone: after a restart everything goes out again.
 */
import type { CatalogueHit } from '../../ports/buyer-requests.js';
import { HttpFault, type HttpClient } from '../../ports/http.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import { becknCheck } from '../../schema/validators.js';
import { readAnswer } from './callback-response.js';
import type { Self } from '../protocol/context.js';
import { fingerprint, publication, rejections } from '../dialects/ubc/publish.js';
import type { Reply } from '../inbound/request-pipeline.js';

export interface CataloguePublisherDeps {
  readonly offers: {
    of(chargePointIds?: ReadonlySet<string>): CatalogueHit[];
    watch(listener: (chargePointId: string) => void): void;
  };
  readonly networkName: string;
  /** How far ahead free times are told, ms. */
  readonly aheadMs: number;
  readonly url: string;
  readonly subscriberId: string;
  readonly self: Self;
  /** The Authorization header over a body's bytes. */
  readonly authorize: (body: Buffer) => string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** A row that a person has to look at; durable when it resolves. */
  readonly openRow: (detail: string) => Promise<void>;
  readonly everyMs: number;
  readonly refreshMs: number;
  /** Waits after failures, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  readonly timeoutMs: number;
}

/** Connectors in one message. */
const MOST_ITEMS = 200;
const MAX_ANSWER_BYTES = 65_536;

export class CataloguePublisher {
  readonly #deps: CataloguePublisherDeps;
  /** What the service has been told of each connector. */
  readonly #told = new Map<string, string>();
  #dirty = new Set<string>();
  #everything = true;
  #failures = 0;
  #running: Promise<void> | undefined;
  #timer: Cancel | undefined;
  #refresh: Cancel | undefined;
  #stopped = true;

  constructor(deps: CataloguePublisherDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#deps.offers.watch((chargePointId) => {
      this.#dirty.add(chargePointId);
      this.#wait(this.#deps.everyMs);
    });
    this.#all();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    this.#refresh?.();
    await this.#running;
  }

  /** What it says to what it was sent. */
  get reply(): Reply {
    return {
      subscriberId: this.#deps.subscriberId,
      family: 'ubc-2.0.0',
      take: async (body) => {
        for (const { catalogueId, reason } of rejections(body)) await this.#rejected(catalogueId, reason);
      },
    };
  }

  /** Free times that were told run out: everything is told again in time. */
  #all(): void {
    this.#everything = true;
    this.#refresh?.();
    this.#refresh = this.#deps.clock.after(this.#deps.refreshMs, () => this.#all());
    this.#wait(0);
  }

  #wait(ms: number): void {
    if (this.#stopped || this.#timer || this.#running) return;
    this.#timer = this.#deps.clock.after(ms, () => {
      this.#timer = undefined;
      this.#running = this.#round().finally(() => {
        this.#running = undefined;
        if (this.#everything || this.#dirty.size > 0) this.#wait(this.#pause());
      });
    });
  }

  #pause(): number {
    const { everyMs, retryMs } = this.#deps;
    if (this.#failures === 0) return everyMs;
    return retryMs[Math.min(this.#failures, retryMs.length) - 1] ?? everyMs;
  }

  async #round(): Promise<void> {
    const { offers, clock } = this.#deps;
    const [everything, dirty] = [this.#everything, this.#dirty];
    this.#everything = false;
    this.#dirty = new Set();
    try {
      const now = clock.now();
      const prints = offers
        .of(everything ? undefined : dirty)
        .map((hit) => ({ hit, key: keyOf(hit), print: fingerprint(hit, now, now + this.#deps.aheadMs) }));
      const wanted = everything ? prints : prints.filter(({ key, print }) => this.#told.get(key) !== print);
      for (let from = 0; from < wanted.length; from += MOST_ITEMS) {
        const part = wanted.slice(from, from + MOST_ITEMS);
        const problem = await this.#publish(
          part.map(({ hit }) => hit),
          now,
          everything,
        );
        if (problem !== undefined) return this.#failed(problem, everything, dirty);
        for (const { key, print } of part) this.#told.set(key, print);
      }
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof StoreFault)) this.#deps.events.emit('bug', { where: 'catalogue publisher', error });
      this.#failed(String(error), everything, dirty);
    }
  }

  /** All of it is wanted again: what was taken of it goes out at most once more. */
  #failed(reason: string, everything: boolean, dirty: ReadonlySet<string>): void {
    this.#failures += 1;
    this.#deps.events.emit('catalogue.failed', { reason, failures: this.#failures });
    this.#everything ||= everything;
    for (const chargePointId of dirty) this.#dirty.add(chargePointId);
  }

  /** `undefined` when it was taken, or refused for good; else why it has to be sent again. */
  async #publish(hits: readonly CatalogueHit[], now: number, everything: boolean): Promise<string | undefined> {
    const { self, clock, random, events, http } = this.#deps;
    const body = publication(
      {
        networkName: this.#deps.networkName,
        hits,
        messageId: random.uuid(),
        transactionId: random.uuid(),
        validity: { from: now, until: now + this.#deps.aheadMs },
      },
      self,
    );
    if (!body) return undefined;
    const violation = becknCheck('ubc-2.0.0', 'catalog_publish')?.(body);
    if (violation) {
      events.emit('callback.invalid', { action: 'catalog_publish', problem: `${violation.path} ${violation.message}` });
      await this.#rejected('ours', `not sent: ${violation.path} ${violation.message}`);
      return undefined;
    }
    const text = JSON.stringify(body);
    try {
      const response = await http.send({
        method: 'POST',
        url: this.#deps.url,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: this.#deps.authorize(Buffer.from(text, 'utf8')),
        },
        body: text,
        timeoutMs: this.#deps.timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      });
      const { delivery } = readAnswer(response, clock.now());
      if (delivery.kind === 'failed') return delivery.reason;
      if (delivery.kind === 'refused') await this.#rejected('all', delivery.reason);
      else events.emit('catalogue.published', { kind: everything ? 'full' : 'delta', items: hits.length });
      return undefined;
    } catch (error) {
      if (error instanceof HttpFault) return `${error.reason}: ${error.message}`;
      throw error;
    }
  }

  async #rejected(catalogueId: string, reason: string): Promise<void> {
    this.#deps.events.emit('catalogue.rejected', { catalogueId, reason });
    await this.#deps.openRow(`${this.#deps.subscriberId} on ${catalogueId}: ${reason}`);
  }
}

function keyOf({ site }: CatalogueHit): string {
  return `${site.chargePoint.id}/${site.connector.connectorId}`;
}
