/** Determines the sale status of a connector that is about to be sold. */
import type { SaleStatus } from '../../domain/model/decision.js';
import type { ConnectorRef } from '../../domain/model/network.js';
import { holdsConnector } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Clock } from '../../ports/runtime.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { BootPolicies } from './boot-policy.js';
import type { ChargePointState } from './charge-point-state.js';
import type { OutOfSale } from './out-of-sale.js';

export interface SaleStatusesDeps {
  /** `saleStop` returns why the network keeps a connector out of sale; `undefined` if it does not. */
  readonly catalogue: {
    saleStop(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): 'planned' | 'withdrawn' | 'removed' | undefined;
  };
  readonly chargePoints: Pick<
    ChargePointState,
    'effectiveState' | 'record' | 'quarantineOf' | 'isReady' | 'notReadySince'
  >;
  readonly bootPolicies: Pick<BootPolicies, 'policyOf'>;
  readonly outOfSale: Pick<OutOfSale, 'stopsOf'>;
  readonly orderCache: Pick<OrderCache, 'openOrdersAt'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: Pick<SessionPolicy, 'pendingMs'>;
}

/** How long we wait for charge points to reconnect after our start, ms. Many pause for minutes between attempts. */
const RETURN_AFTER_START_MS = 600_000;

export class SaleStatuses {
  readonly #deps: SaleStatusesDeps;
  readonly #startedAt: number;

  constructor(deps: SaleStatusesDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  /** @param exceptOrderId The order for which the connector is sold; it must not block itself. */
  statusOf(
    { chargePointId, connectorId }: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>,
    exceptOrderId?: string,
  ): SaleStatus {
    const outOfService =
      this.#deps.catalogue.saleStop({ chargePointId, connectorId }) ?? this.#outOfService(chargePointId);
    const outOfSale = this.#deps.outOfSale.stopsOf({ chargePointId, connectorId });
    return {
      state: this.#deps.chargePoints.effectiveState(chargePointId, connectorId),
      charger: this.#presenceOf(chargePointId),
      ...(outOfService !== undefined && { outOfService }),
      ...(outOfSale.length > 0 && { outOfSale }),
      ...(this.#isOrdered(chargePointId, connectorId, exceptOrderId) && { isOrdered: true }),
    };
  }

  #outOfService(chargePointId: string): SaleStatus['outOfService'] {
    const { chargePoints, bootPolicies } = this.#deps;
    if (chargePoints.quarantineOf(chargePointId)) return 'quarantined';
    // A policy other than `accept` applies at once, because the next boot will not be accepted.
    const isAccepted = bootPolicies.policyOf(chargePointId) === 'accept';
    return isAccepted && chargePoints.record(chargePointId).bootStatus === undefined ? undefined : 'not accepted';
  }

  /**
   * Returns `gone` if the charge point has been absent for longer than an order would wait for it or, if it has not
   * been ready since our start, for ten minutes.
   */
  #presenceOf(chargePointId: string): SaleStatus['charger'] {
    const { chargePoints, clock, policy } = this.#deps;
    if (chargePoints.isReady(chargePointId)) return 'ready';
    const since = chargePoints.notReadySince(chargePointId);
    const until = since === undefined ? this.#startedAt + RETURN_AFTER_START_MS : since + policy.pendingMs;
    return clock.now() < until ? 'away' : 'gone';
  }

  #isOrdered(chargePointId: string, connectorId: number, exceptOrderId: string | undefined): boolean {
    return this.#deps.orderCache
      .openOrdersAt(chargePointId)
      .some(
        (order) => order.id !== exceptOrderId && order.connector.connectorId === connectorId && holdsConnector(order),
      );
  }
}
