/** What chargers tell: routed to the order it concerns, saved, and only then answered. */
import { sampleIntervalS } from '../domain/means.js';
import type { Order } from '../domain/order.js';
import type { Catalogue } from '../domain/catalogue.js';
import type { Book } from './book.js';
import { chaosPoint } from './chaos.js';
import type { Desk } from './desk.js';
import type { SessionEvents } from './session-events.js';
import type { Views } from './views.js';
import type { ChargerEvent, ChargerIntake, ChargerOutcome } from './ports/chargers.js';
import type { Events } from './ports/observe.js';
import type { Clock } from './ports/runtime.js';
import type { Store } from './ports/store.js';

export interface ChargerIntakeDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly views: Views;
  readonly catalogue: Catalogue;
  readonly sessions: SessionEvents;
  readonly clock: Clock;
  readonly events: Events;
  readonly heartbeatS: number;
  /** Whether a connector of a charge point is kept for somebody who booked it. */
  readonly kept: (chargePointId: string) => boolean;
  /** Commands may be sent to a charger from now on. */
  readonly onReady: (chargePointId: string) => void;
}

/** A charger that is back and says nothing at all may be commanded after this. */
const SILENT_MS = 3000;

type Of<T extends ChargerEvent['type']> = Extract<ChargerEvent, { type: T }>;
const NOTED: ChargerOutcome = { type: 'noted' };

export class ChargerDesk implements ChargerIntake {
  readonly #deps: ChargerIntakeDeps;

  constructor(deps: ChargerIntakeDeps) {
    this.#deps = deps;
  }

  knows(chargePointId: string): boolean {
    return this.#deps.catalogue.knows(chargePointId);
  }

  accepted(chargePointId: string): boolean {
    return this.#deps.views.record(chargePointId).accepted;
  }

  connected(chargePointId: string, info: { readonly version: string; readonly generation: number }): void {
    const { views, clock } = this.#deps;
    views.arrive(chargePointId, { ...info, connectedAt: clock.now() });
    clock.after(SILENT_MS, () => {
      if (views.presence(chargePointId)?.generation === info.generation && this.accepted(chargePointId))
        this.#ready(chargePointId);
    });
  }

  disconnected(chargePointId: string, generation: number): void {
    if (this.#deps.views.leave(chargePointId, generation))
      this.#tellOrders(chargePointId, { type: 'charger-disconnected' });
  }

  seen(chargePointId: string): void {
    this.#deps.views.seen(chargePointId, this.#deps.clock.now());
  }

  sampleIntervalS(chargePointId: string, mostS: number): number {
    return sampleIntervalS(this.#deps.catalogue.mostPowerW(chargePointId), mostS);
  }

  configured(chargePointId: string, configuration: { readonly [key: string]: string }): void {
    const { views, store, events } = this.#deps;
    const record = { ...views.record(chargePointId), configuration };
    views.put(record);
    store
      .commit({ chargePoints: [record] })
      .catch((error: unknown) => events.emit('store.failed', { problem: String(error) }));
  }

  handle(chargePointId: string, event: ChargerEvent): ChargerOutcome | Promise<ChargerOutcome> {
    if (event.type !== 'booted' && !this.#deps.views.ready(chargePointId) && this.accepted(chargePointId)) {
      this.#ready(chargePointId);
    }
    switch (event.type) {
      case 'heartbeat':
        return { type: 'heartbeat', now: this.#deps.clock.now() };
      case 'meter-sampled':
        return this.#deps.sessions.sampled(chargePointId, event);
      case 'booted':
        return this.#booted(chargePointId, event);
      case 'authorization-requested':
        return this.#authorize(chargePointId, event);
      case 'connector-status-changed':
        return this.#statusChanged(chargePointId, event);
      case 'transaction-started':
        return this.#deps.sessions.started(chargePointId, event);
      case 'transaction-stopped':
        return this.#deps.sessions.stopped(chargePointId, event);
      case 'data-transferred':
        return { type: 'data-transferred', status: 'UnknownVendorId' };
      case 'noted':
        return NOTED;
    }
  }

  async #booted(chargePointId: string, event: Of<'booted'>): Promise<ChargerOutcome> {
    const { views, store, clock, events, heartbeatS } = this.#deps;
    const now = clock.now();
    const presence = views.presence(chargePointId);
    const record = {
      ...views.record(chargePointId),
      accepted: true,
      boot: event.boot,
      bootedAt: now,
      lastSeenAt: now,
      ...(presence && { version: presence.version }),
    };
    await store.commit({ chargePoints: [record] });
    chaosPoint('boot.saved');
    views.put(record);
    events.emit('charger.booted', { chargePointId });
    await Promise.all(
      this.#deps.book.at(chargePointId).map((order) => this.#deps.desk.apply(order, { type: 'charger-booted' })),
    );
    // After the answer has left: nothing is asked of a charger before its boot is answered.
    clock.soon(() => clock.soon(() => this.#ready(chargePointId)));
    return { type: 'booted', status: 'Accepted', intervalS: heartbeatS, now: clock.now() };
  }

  /** Commands may go out now; orders that waited for the charger learn that it is there. */
  #ready(chargePointId: string): void {
    if (!this.#deps.views.makeReady(chargePointId)) return;
    this.#tellOrders(chargePointId, { type: 'charger-connected' });
    this.#deps.onReady(chargePointId);
  }

  #tellOrders(chargePointId: string, command: { readonly type: 'charger-connected' | 'charger-disconnected' }): void {
    for (const order of this.#deps.book.at(chargePointId)) {
      this.#deps.desk
        .apply(order, command)
        .catch((error: unknown) => this.#deps.events.emit('store.failed', { problem: String(error) }));
    }
  }

  async #authorize(chargePointId: string, event: Of<'authorization-requested'>): Promise<ChargerOutcome> {
    const order = await this.#deps.book.byIdTag(event.idTag);
    const here = order?.connector.chargePointId === chargePointId;
    const stranger = this.#deps.kept(chargePointId) ? 'Blocked' : 'Invalid';
    return {
      type: 'authorization-requested',
      status: !order || !here ? stranger : authorizes(order) ? 'Accepted' : 'Expired',
    };
  }

  async #statusChanged(chargePointId: string, event: Of<'connector-status-changed'>): Promise<ChargerOutcome> {
    const { views, store, clock, book, desk, catalogue } = this.#deps;
    const { connectorId } = event;
    // One that is not sold concerns nobody; kept, a charger could fill our memory with them.
    if (connectorId !== 0 && !catalogue.site({ chargePointId, connectorId })) return NOTED;
    const before = views.record(chargePointId);
    const state = { status: event.status, errorCode: event.errorCode, at: clock.now() };
    const record = {
      ...before,
      lastSeenAt: state.at,
      connectors: { ...before.connectors, [connectorId]: state },
    };
    views.put(record);
    await store.commit({ chargePoints: [record] });
    chaosPoint('status.saved');
    const order = book.holder(chargePointId, connectorId);
    if (order) await desk.apply(order, { type: 'connector-changed', connectorState: state });
    return NOTED;
  }
}

function authorizes(order: Order): boolean {
  return ['confirmed', 'starting', 'charging', 'suspended', 'offline', 'stopping'].includes(order.state);
}
