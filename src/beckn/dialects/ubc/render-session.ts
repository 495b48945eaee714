/** A charging session as this network tells it: its state, its figures, its telemetry. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import type { Order } from '../../../domain/model/order.js';
import type { Session } from '../../../domain/model/session.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { toConnectorType, formatDateTime } from '../core-2x/figures.js';
import { jsonLdNode, typedNode } from '../core-2x/json-ld.js';
import { connectorStatus, sessionStatus } from './order-status.js';

/** `undefined` before the confirm and after a cancellation. @param track The page of the session, with its telemetry. */
export function renderFulfillment(order: Order, { connector }: SiteView, track?: string): JsonObject | undefined {
  const session = sessionFields(order, connector, track !== undefined);
  if (!session) return undefined;
  return jsonLdNode('core', 'beckn:Fulfillment', {
    'beckn:id': `fulfillment-${order.id}`,
    'beckn:mode': 'RESERVATION',
    trackingAction:
      track === undefined
        ? undefined
        : typedNode('beckn:TrackAction', { target: typedNode('schema:EntryPoint', { url: track }) }),
    'beckn:deliveryAttributes': jsonLdNode('session', 'ChargingSession', session),
  });
}

/** The figures of a `ChargingSession`; `undefined` where there is none to tell of. */
export function sessionFields(
  order: Order,
  connector: SiteView['connector'],
  telemetered: boolean,
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
    meteredEnergyKWh: session && deliveredWh(order, session) / 1000,
    meteredDurationMinutes: session && Math.max(0, Math.round((lastReadingAt(session) - session.startedAt) / 60_000)),
    lastUpdated: session && formatDateTime(lastReadingAt(session)),
    reservationId: slot?.reservationId === undefined ? undefined : String(slot.reservationId),
    chargingTelemetry: telemetered && session ? [renderTelemetry(order, session)] : undefined,
  };
}

/**
 * The last reading.
 * @unit KWH is energy and KW power; the published examples have the two the wrong way round.
 */
function renderTelemetry(order: Order, session: Session): JsonObject {
  const { soc, powerW, voltage, current } = session.meter;
  const figure = (name: string, value: number | undefined, unitCode: string): JsonObject[] =>
    value === undefined ? [] : [{ name, value: Math.round(value * 1000) / 1000, unitCode }];
  return {
    eventTime: formatDateTime(lastReadingAt(session)),
    metrics: [
      ...figure('STATE_OF_CHARGE', soc, 'PERCENTAGE'),
      ...figure('POWER', powerW === undefined ? undefined : powerW / 1000, 'KW'),
      ...figure('ENERGY', deliveredWh(order, session) / 1000, 'KWH'),
      ...figure('VOLTAGE', voltage, 'VLT'),
      ...figure('CURRENT', current, 'AMP'),
    ],
  };
}

function deliveredWh(order: Order, session: Session): number {
  return order.bill?.deliveredWh ?? session.meter.energyWh;
}

function lastReadingAt(session: Session): number {
  return session.end?.at ?? Math.max(session.meter.at, session.startedAt);
}
