/**
 * Tracks charge points that were removed from the network while an order or a socket still used them. Once no order
 * needs a charge point, it is forgotten and its socket is closed. From then on, it is refused as unknown.
 */
import type { ConnectorRef } from '../../domain/model/network.js';
import { connectorKey } from '../../domain/model/order.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { ApprovedChargePoints } from '../charge-points/approved.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { LiveCatalogue } from './live-catalogue.js';

export interface RemovedChargePointsDeps {
  readonly catalogue: LiveCatalogue;
  readonly orderCache: Pick<OrderCache, 'openOrdersAndHoldsAt'>;
  readonly chargePoints: Pick<ChargePointState, 'connectedIds'>;
  readonly approvedChargePoints: Pick<ApprovedChargePoints, 'profileOf'>;
  readonly clock: Pick<Clock, 'callLater'>;
  /** Closes the socket of a charge point, if it has one. */
  readonly disconnect: (chargePointId: string, reason: string) => void;
}

const CHECK_EVERY_MS = 30_000;

export class RemovedChargePoints {
  readonly #deps: RemovedChargePointsDeps;
  #cancelCheck: Cancel | undefined;

  constructor(deps: RemovedChargePointsDeps) {
    this.#deps = deps;
    deps.catalogue.onReplaced(() => this.check());
  }

  /** Returns whether a connector has an open order or a draft that holds it. */
  isNeeded({ chargePointId, connectorId }: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): boolean {
    const key = connectorKey({ chargePointId, connectorId });
    return this.#deps.orderCache
      .openOrdersAndHoldsAt(chargePointId)
      .some((order) => connectorKey(order.connector) === key);
  }

  /**
   * Releases the connectors that no order needs, closes the sockets of charge points that are then unknown, and
   * schedules another check while any removed connector is still needed.
   */
  check(): void {
    const { catalogue, chargePoints, approvedChargePoints, clock, disconnect } = this.#deps;
    this.stop();
    catalogue.release((ref) => this.isNeeded(ref));
    for (const id of chargePoints.connectedIds())
      if (!catalogue.hasChargePoint(id) && approvedChargePoints.profileOf(id) === undefined)
        disconnect(id, 'this charge point was removed from the network');
    if (catalogue.retained().length > 0) this.#cancelCheck = clock.callLater(CHECK_EVERY_MS, () => this.check());
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }
}
