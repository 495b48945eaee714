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
import { readCallbackResponse } from './callback-response.js';
import type { Subscriber } from '../protocol/context.js';
import { fingerprint, renderPublication, readRejections } from '../dialects/ubc/publish.js';
import type { CallbackReceiver } from '../inbound/request-pipeline.js';

export interface CataloguePublisherDeps {
  readonly availability: {
    hits(chargePointIds?: ReadonlySet<string>): CatalogueHit[];
    onChange(listener: (chargePointId: string) => void): void;
  };
  readonly networkName: string;
  /** How far ahead free times are told, ms. */
  readonly availabilityWindowMs: number;
  readonly url: string;
  readonly subscriberId: string;
  readonly subscriber: Subscriber;
  /** The Authorization header over a body's bytes. */
  readonly authorize: (body: Buffer) => string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** A row that a person has to look at; durable when it resolves. */
  readonly openDiscrepancy: (detail: string) => Promise<void>;
  readonly batchIntervalMs: number;
  readonly fullPublishIntervalMs: number;
  /** Waits after failures, ms; the last one repeats. */
  readonly retryDelaysMs: readonly number[];
  readonly timeoutMs: number;
}

/** Connectors in one message. */
const MAX_ITEMS_PER_MESSAGE = 200;
const MAX_RESPONSE_BYTES = 65_536;

export class CataloguePublisher {
  readonly #deps: CataloguePublisherDeps;
  /** What the service has been told of each connector. */
  readonly #publishedFingerprints = new Map<string, string>();
  #changedChargePoints = new Set<string>();
  #fullPublishDue = true;
  #failures = 0;
  #currentRun: Promise<void> | undefined;
  #cancelNextRun: Cancel | undefined;
  #cancelFullPublish: Cancel | undefined;
  #stopped = true;

  constructor(deps: CataloguePublisherDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#deps.availability.onChange((chargePointId) => {
      this.#changedChargePoints.add(chargePointId);
      this.#scheduleRun(this.#deps.batchIntervalMs);
    });
    this.#scheduleFullPublish();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNextRun?.();
    this.#cancelFullPublish?.();
    await this.#currentRun;
  }

  /** What it says to what it was sent. */
  get callbackReceiver(): CallbackReceiver {
    return {
      subscriberId: this.#deps.subscriberId,
      family: 'ubc-2.0.0',
      handleCallback: async (body) => {
        for (const { catalogueId, reason } of readRejections(body)) await this.#recordRejection(catalogueId, reason);
      },
    };
  }

  /** Free times that were told run out: everything is told again in time. */
  #scheduleFullPublish(): void {
    this.#fullPublishDue = true;
    this.#cancelFullPublish?.();
    this.#cancelFullPublish = this.#deps.clock.callLater(this.#deps.fullPublishIntervalMs, () =>
      this.#scheduleFullPublish(),
    );
    this.#scheduleRun(0);
  }

  #scheduleRun(ms: number): void {
    if (this.#stopped || this.#cancelNextRun || this.#currentRun) return;
    this.#cancelNextRun = this.#deps.clock.callLater(ms, () => {
      this.#cancelNextRun = undefined;
      this.#currentRun = this.#publishPending().finally(() => {
        this.#currentRun = undefined;
        if (this.#fullPublishDue || this.#changedChargePoints.size > 0) this.#scheduleRun(this.#delayMs());
      });
    });
  }

  #delayMs(): number {
    const { batchIntervalMs: everyMs, retryDelaysMs: retryMs } = this.#deps;
    if (this.#failures === 0) return everyMs;
    return retryMs[Math.min(this.#failures, retryMs.length) - 1] ?? everyMs;
  }

  async #publishPending(): Promise<void> {
    const { availability: offers, clock } = this.#deps;
    const [everything, dirty] = [this.#fullPublishDue, this.#changedChargePoints];
    this.#fullPublishDue = false;
    this.#changedChargePoints = new Set();
    try {
      const now = clock.now();
      const prints = offers.hits(everything ? undefined : dirty).map((hit) => ({
        hit,
        key: connectorKey(hit),
        print: fingerprint(hit, now, now + this.#deps.availabilityWindowMs),
      }));
      const wanted = everything
        ? prints
        : prints.filter(({ key, print }) => this.#publishedFingerprints.get(key) !== print);
      for (let from = 0; from < wanted.length; from += MAX_ITEMS_PER_MESSAGE) {
        const part = wanted.slice(from, from + MAX_ITEMS_PER_MESSAGE);
        const problem = await this.#publishItems(
          part.map(({ hit }) => hit),
          now,
          everything,
        );
        if (problem !== undefined) return this.#recordFailure(problem, everything, dirty);
        for (const { key, print } of part) this.#publishedFingerprints.set(key, print);
      }
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof StoreFault)) this.#deps.events.emit('bug', { where: 'catalogue publisher', error });
      this.#recordFailure(String(error), everything, dirty);
    }
  }

  /** All of it is wanted again: what was taken of it goes out at most once more. */
  #recordFailure(reason: string, everything: boolean, dirty: ReadonlySet<string>): void {
    this.#failures += 1;
    this.#deps.events.emit('catalogue.failed', { reason, failures: this.#failures });
    this.#fullPublishDue ||= everything;
    for (const chargePointId of dirty) this.#changedChargePoints.add(chargePointId);
  }

  /** `undefined` when it was taken, or refused for good; else why it has to be sent again. */
  async #publishItems(hits: readonly CatalogueHit[], now: number, everything: boolean): Promise<string | undefined> {
    const { subscriber: self, clock, random, events, http } = this.#deps;
    const body = renderPublication(
      {
        networkName: this.#deps.networkName,
        hits,
        messageId: random.uuid(),
        transactionId: random.uuid(),
        validity: { from: now, until: now + this.#deps.availabilityWindowMs },
      },
      self,
    );
    if (!body) return undefined;
    const violation = becknCheck('ubc-2.0.0', 'catalog_publish')?.(body);
    if (violation) {
      events.emit('callback.invalid', { action: 'catalog_publish', problem: `${violation.path} ${violation.message}` });
      await this.#recordRejection('ours', `not sent: ${violation.path} ${violation.message}`);
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
        maxBytes: MAX_RESPONSE_BYTES,
      });
      const { delivery } = readCallbackResponse(response, clock.now());
      if (delivery.kind === 'failed') return delivery.reason;
      if (delivery.kind === 'refused') await this.#recordRejection('all', delivery.reason);
      else events.emit('catalogue.published', { kind: everything ? 'full' : 'delta', items: hits.length });
      return undefined;
    } catch (error) {
      if (error instanceof HttpFault) return `${error.reason}: ${error.message}`;
      throw error;
    }
  }

  async #recordRejection(catalogueId: string, reason: string): Promise<void> {
    this.#deps.events.emit('catalogue.rejected', { catalogueId, reason });
    await this.#deps.openDiscrepancy(`${this.#deps.subscriberId} on ${catalogueId}: ${reason}`);
  }
}

function connectorKey({ site }: CatalogueHit): string {
  return `${site.chargePoint.id}/${site.connector.connectorId}`;
}
