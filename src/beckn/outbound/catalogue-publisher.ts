/**
 * Publishes the catalogue to a discovery service: in full at startup, at intervals and when the network is replaced;
 * changes in batches in between. Failures are retried. Pending changes are kept only in memory, because a restart
 * publishes everything again.
 */
import { connectorKey } from '../../domain/model/order.js';
import { connectorRefOf, type Site } from '../../domain/model/network.js';
import type { CatalogueHit, Delivery } from '../../ports/callback-delivery.js';
import { HttpFault, type HttpClient } from '../../ports/http.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock, Random } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import { becknCheck } from '../../schema/validators.js';
import type { CallbackReceiver } from '../inbound/inbound-request.js';
import type { Subscriber } from '../protocol/wire.js';
import { readCallbackResponse } from './callback-response.js';
import { fingerprint, renderPublication, readRejections, UNNAMED_CATALOGUE } from '../dialects/ubc/publish.js';
import { catalogueId } from '../dialects/ubc/render-catalogue.js';

export interface CataloguePublisherDeps {
  readonly availability: {
    hits(chargePointIds?: ReadonlySet<string>): CatalogueHit[];
    onChange(listener: (chargePointId: string) => void): void;
  };
  /** The charging network that is published, and the connectors that are no longer sold after it is replaced. */
  readonly catalogue: {
    readonly network: { readonly name: string };
    onReplaced(listener: (change: { readonly noLongerSold: readonly Site[] }) => void): void;
  };
  /** How far ahead free slots are published, ms. */
  readonly availabilityWindowMs: number;
  readonly url: string;
  readonly subscriberId: string;
  readonly subscriber: Subscriber;
  /** Returns the Authorization header that signs a body's bytes. */
  readonly authorize: (body: Buffer) => string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Opens a discrepancy for the operator; it is durable once the promise resolves. */
  readonly openDiscrepancy: (detail: string) => Promise<void>;
  readonly batchIntervalMs: number;
  readonly fullPublishIntervalMs: number;
  /** Delays after consecutive failures, ms; the last one repeats. */
  readonly retryDelaysMs: readonly number[];
  readonly timeoutMs: number;
}

/** The work of one run. */
interface PendingWork {
  readonly isFull: boolean;
  readonly changed: ReadonlySet<string>;
  readonly withdrawn: ReadonlyMap<string, CatalogueHit>;
}

/** Maximum number of connectors in one message. */
const MAX_ITEMS_PER_MESSAGE = 200;
const MAX_RESPONSE_BYTES = 65_536;

export class CataloguePublisher {
  readonly #deps: CataloguePublisherDeps;
  /** Each connector as it was last published. A rejected one is removed, so that any change publishes it again. */
  readonly #published = new Map<string, { readonly print: string; readonly catalogueId: string }>();
  #changedChargePoints = new Set<string>();
  /** Connectors that are no longer sold, to be published once more as unavailable; by `connectorKey`. */
  #noLongerSold = new Map<string, CatalogueHit>();
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
    this.#deps.catalogue.onReplaced(({ noLongerSold }) => {
      for (const site of noLongerSold) {
        const hit = unavailable(site, this.#deps.clock.now());
        this.#noLongerSold.set(connectorKeyOf(hit), hit);
      }
      this.#scheduleFullPublish();
    });
    this.#scheduleFullPublish();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNextRun?.();
    this.#cancelFullPublish?.();
    await this.#currentRun;
  }

  /** Receives the service's `on_catalog_publish`, which reports rejected catalogues. */
  get callbackReceiver(): CallbackReceiver {
    return {
      subscriberId: this.#deps.subscriberId,
      family: 'ubc-2.0.0',
      handleCallback: async (body) => {
        for (const rejection of readRejections(body)) {
          this.#forgetPublished(rejection.catalogueId);
          await this.#recordRejection(rejection.catalogueId, rejection.reason);
        }
      },
    };
  }

  /** Makes a full publication due now and again after each interval, because published free slots expire. */
  #scheduleFullPublish(): void {
    if (this.#stopped) return;
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
    const { batchIntervalMs, retryDelaysMs } = this.#deps;
    if (this.#failures === 0) return batchIntervalMs;
    return retryDelaysMs[Math.min(this.#failures, retryDelaysMs.length) - 1] ?? batchIntervalMs;
  }

  async #publishPending(): Promise<void> {
    const { availability, clock, availabilityWindowMs, events } = this.#deps;
    const [isFull, changed] = [this.#fullPublishDue, this.#changedChargePoints];
    this.#fullPublishDue = false;
    this.#changedChargePoints = new Set();
    const withdrawn = this.#noLongerSold;
    this.#noLongerSold = new Map();
    try {
      const now = clock.now();
      const sold = availability.hits(isFull ? undefined : changed);
      for (const hit of sold) withdrawn.delete(connectorKeyOf(hit));
      const items = [...sold, ...withdrawn.values()].map((hit) => ({
        hit,
        key: connectorKeyOf(hit),
        print: fingerprint(hit, now, now + availabilityWindowMs),
      }));
      const pending = isFull ? items : items.filter(({ key, print }) => this.#published.get(key)?.print !== print);
      for (let from = 0; from < pending.length; from += MAX_ITEMS_PER_MESSAGE) {
        const batch = pending.slice(from, from + MAX_ITEMS_PER_MESSAGE);
        const hits = batch.map(({ hit }) => hit);
        const result = await this.#publishItems(hits, now, isFull);
        if (typeof result === 'object') return this.#recordFailure(result.problem, { isFull, changed, withdrawn });
        for (const { key, print, hit } of batch) {
          if (result === 'rejected') this.#published.delete(key);
          else this.#published.set(key, { print, catalogueId: catalogueId(hit.site.provider) });
        }
      }
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof StoreFault)) events.emit('bug', { where: 'catalogue publisher', error });
      this.#recordFailure(String(error), { isFull, changed, withdrawn });
    }
  }

  /**
   * Reports the failure and makes the work of the run pending again. If the run was a full publication, all of it is
   * repeated, including the batches already accepted.
   */
  #recordFailure(reason: string, { isFull, changed, withdrawn }: PendingWork): void {
    this.#failures += 1;
    this.#deps.events.emit('catalogue.failed', { reason, failures: this.#failures });
    this.#fullPublishDue ||= isFull;
    for (const chargePointId of changed) this.#changedChargePoints.add(chargePointId);
    for (const [key, hit] of withdrawn) if (!this.#noLongerSold.has(key)) this.#noLongerSold.set(key, hit);
  }

  /** A rejection that does not name its catalogue applies to all catalogues. */
  #forgetPublished(rejectedId: string): void {
    for (const [key, published] of this.#published) {
      if (rejectedId === UNNAMED_CATALOGUE || published.catalogueId === rejectedId) this.#published.delete(key);
    }
  }

  /** Publishes items, and records a rejection for the operator. @returns A problem if the items must be sent again. */
  async #publishItems(
    hits: readonly CatalogueHit[],
    now: number,
    isFull: boolean,
  ): Promise<'accepted' | 'rejected' | { readonly problem: string }> {
    const { catalogue, subscriber, random, events, availabilityWindowMs } = this.#deps;
    const body = renderPublication(
      {
        networkName: catalogue.network.name,
        hits,
        messageId: random.uuid(),
        transactionId: random.uuid(),
        validity: { from: now, until: now + availabilityWindowMs },
      },
      subscriber,
    );
    if (!body) return 'accepted';
    const violation = becknCheck('ubc-2.0.0', 'catalog_publish')?.(body);
    if (violation) {
      events.emit('callback.invalid', { action: 'catalog_publish', problem: `${violation.path} ${violation.message}` });
      await this.#recordRejection('ours', `not sent: ${violation.path} ${violation.message}`);
      return 'rejected';
    }
    const delivery = await this.#post(JSON.stringify(body));
    if (delivery.kind === 'failed') return { problem: delivery.reason };
    if (delivery.kind === 'refused') {
      await this.#recordRejection('all', delivery.reason);
      return 'rejected';
    }
    events.emit('catalogue.published', { kind: isFull ? 'full' : 'delta', items: hits.length });
    return 'accepted';
  }

  async #post(text: string): Promise<Delivery> {
    const { http, url, authorize, timeoutMs, clock } = this.#deps;
    try {
      const response = await http.send({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          authorization: authorize(Buffer.from(text, 'utf8')),
        },
        body: text,
        timeoutMs,
        maxBytes: MAX_RESPONSE_BYTES,
      });
      return readCallbackResponse(response, clock.now()).delivery;
    } catch (error) {
      if (!(error instanceof HttpFault)) throw error;
      return { kind: 'failed', reason: `${error.reason}: ${error.message}` };
    }
  }

  async #recordRejection(rejectedId: string, reason: string): Promise<void> {
    this.#deps.events.emit('catalogue.rejected', { catalogueId: rejectedId, reason });
    await this.#deps.openDiscrepancy(`${this.#deps.subscriberId} on ${rejectedId}: ${reason}`);
  }
}

function unavailable(site: Site, at: number): CatalogueHit {
  return { site, state: { status: 'Unavailable', errorCode: 'NoError', at }, freeSlots: [] };
}

function connectorKeyOf({ site }: CatalogueHit): string {
  return connectorKey(connectorRefOf(site));
}
