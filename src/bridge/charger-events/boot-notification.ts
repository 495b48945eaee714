/**
 * Answers BootNotification with Accepted, Pending or Rejected, according to the charge point's boot policy. Records the
 * boot, and applies it to the open orders, since a reboot may have ended their sessions.
 */
import { omit } from '../../domain/model/object.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { BootPolicies } from '../charge-points/boot-policy.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';
import { checkTransactionStatuses } from '../transactions/transaction-status.js';
import type { Readiness } from './readiness.js';

export interface BootNotificationDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly transactions: TransactionIndex;
  readonly commandSender: ChargerCommandSender;
  readonly bootPolicies: Pick<BootPolicies, 'policyOf'>;
  readonly clock: Clock;
  readonly events: Events;
  readonly heartbeatS: number;
  /** How many seconds a charge point must wait after a boot that was not accepted. */
  readonly bootRetryS: number;
}

const BOOT_STATUS = { accept: 'Accepted', pending: 'Pending', reject: 'Rejected' } as const;

export class BootNotification {
  readonly #deps: BootNotificationDeps;
  readonly #readiness: Readiness;

  constructor(deps: BootNotificationDeps, readiness: Readiness) {
    this.#deps = deps;
    this.#readiness = readiness;
  }

  /** @source OCPP 1.6 §4.2; OCPP 2.0.1 B01–B03 */
  async booted(
    chargePointId: string,
    { boot, serialNumber }: ChargerEventOf<'booted'>,
  ): Promise<ChargerOutcomeOf<'booted'>> {
    const { chargePoints, store, clock, events, orderCache, orders, heartbeatS, bootRetryS } = this.#deps;
    const now = clock.now();
    const status = BOOT_STATUS[this.#deps.bootPolicies.policyOf(chargePointId)];
    this.#compareSerialNumber(chargePointId, serialNumber);
    const connection = chargePoints.connectionOf(chargePointId);
    const booted = {
      ...(status === 'Accepted' ? { accepted: true } : { bootStatus: status }),
      boot,
      bootedAt: now,
      lastSeenAt: now,
      ...(connection && { version: connection.version }),
    };
    await chargePoints.saveChange(
      chargePointId,
      (record) => ({ ...omit(record, 'bootStatus'), ...booted }),
      (record) => store.commit({ chargePoints: [record] }),
    );
    passCrashPoint('boot.saved');
    events.emit('charger.booted', { chargePointId, status });
    const openOrders = orderCache.openOrdersAt(chargePointId);
    await Promise.all(openOrders.map((order) => orders.handle(order, { type: 'charger-booted' })));
    if (status !== 'Accepted') {
      chargePoints.markNotReady(chargePointId);
      return { type: 'booted', status, intervalS: bootRetryS, now: clock.now() };
    }
    // Two event-loop turns later the response has left, so no command reaches the charger before it.
    clock.callSoon(() => clock.callSoon(() => this.#continueSessions(chargePointId)));
    return { type: 'booted', status, intervalS: heartbeatS, now: clock.now() };
  }

  #continueSessions(chargePointId: string): void {
    this.#readiness.markReady(chargePointId);
    checkTransactionStatuses(this.#deps, this.#deps.orderCache.openOrdersAt(chargePointId));
  }

  /**
   * Reports a serial number that differs from the CN of the certificate: the charger may be using another charger's
   * certificate.
   * @source OCPP 2.0.1 B01.FR.11, .12
   */
  #compareSerialNumber(chargePointId: string, serialNumber: string | undefined): void {
    const certificateName = this.#deps.chargePoints.connectionOf(chargePointId)?.certificateName;
    if (certificateName !== undefined && serialNumber !== undefined && serialNumber !== certificateName)
      this.#deps.events.emit('charger.serial-differs', { chargePointId, certificateName, serialNumber });
  }
}
