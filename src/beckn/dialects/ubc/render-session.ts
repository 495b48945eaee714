/** Renders a charging session: its status, its figures and its telemetry. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { Order } from '../../../domain/model/order.js';
import { lastReadingAt, sessionBeginAt } from '../../../domain/metering/reading-time.js';
import type { Session } from '../../../domain/model/session.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { energySoFar } from '../../../domain/billing/bill.js';
import { toConnectorType, formatDateTime } from '../core-2x/figures.js';
import { jsonLdNode, typedNode } from '../core-2x/json-ld.js';
import { connectorStatus, interruptionOf, sessionStatus } from './order-status.js';

/**
 * Renders the session; `undefined` before the order is confirmed and after it is cancelled.
 * @param trackingUrl URL of the session's tracking page; if given, telemetry is included.
 */
export function renderFulfillment(order: Order, { connector }: SiteView, trackingUrl?: string): JsonObject | undefined {
  const session = sessionFields(order, connector, trackingUrl !== undefined);
  if (!session) return undefined;
  return jsonLdNode('core', 'beckn:Fulfillment', {
    'beckn:id': `fulfillment-${order.id}`,
    'beckn:fulfillmentStatus': interruptionOf(order)?.code,
    'beckn:mode': 'RESERVATION',
    trackingAction:
      trackingUrl === undefined
        ? undefined
        : typedNode('beckn:TrackAction', { target: typedNode('schema:EntryPoint', { url: trackingUrl }) }),
    'beckn:deliveryAttributes': jsonLdNode('session', 'ChargingSession', session),
  });
}

/** Builds the fields of a `ChargingSession`; `undefined` before the order is confirmed and after it is cancelled. */
export function sessionFields(
  order: Order,
  connector: SiteView['connector'],
  withTelemetry: boolean,
): { readonly [key: string]: Json | undefined } | undefined {
  const status = sessionStatus(order);
  if (status === undefined) return undefined;
  const { session, slot } = order;
  const powerKw = (connector?.maxPowerW ?? 0) / 1000;
  return {
    sessionStatus: status,
    connectorStatus: connectorStatus(order),
    connectorType: connector && toConnectorType(connector.standard),
    maxPowerKW: powerKw >= 1 ? powerKw : undefined,
    meteredEnergyKWh: session && (energySoFar(order) ?? 0) / 1000,
    meteredDurationMinutes:
      session && Math.max(0, Math.round((lastReadingAt(session) - sessionBeginAt(session)) / 60_000)),
    lastUpdated: session && formatDateTime(lastReadingAt(session)),
    reservationId: slot?.reservationId === undefined ? undefined : String(slot.reservationId),
    chargingTelemetry: withTelemetry && session ? [renderTelemetry(order, session)] : undefined,
  };
}

/** Renders the last reading. @unit KWH is energy and KW is power; the published examples confuse the two. */
function renderTelemetry(order: Order, session: Session): JsonObject {
  const { soc, powerW, voltage, current } = session.meter;
  const metric = (name: string, value: number | undefined, unitCode: string): JsonObject[] =>
    value === undefined ? [] : [{ name, value: Math.round(value * 1000) / 1000, unitCode }];
  return {
    eventTime: formatDateTime(lastReadingAt(session)),
    metrics: [
      ...metric('STATE_OF_CHARGE', soc, 'PERCENTAGE'),
      ...metric('POWER', powerW === undefined ? undefined : powerW / 1000, 'KW'),
      ...metric('ENERGY', (energySoFar(order) ?? 0) / 1000, 'KWH'),
      ...metric('VOLTAGE', voltage, 'VLT'),
      ...metric('CURRENT', current, 'AMP'),
    ],
  };
}
