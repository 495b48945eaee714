/** Finds the sale stops that cover a connector. */
import type { SaleStop, SaleStopPlace } from '../model/network.js';

/** A connector's place in the network. If the network lacks its charge point, station and provider are absent. */
export interface SalePlace {
  readonly providerId?: string;
  readonly stationId?: string;
  readonly chargePointId: string;
  readonly connectorId: number;
}

/** Checks whether the place of a sale stop contains a connector. */
export function isWithin(place: SaleStopPlace, connector: SalePlace): boolean {
  switch (place.kind) {
    case 'everything':
      return true;
    case 'provider':
      return place.providerId === connector.providerId;
    case 'station':
      return place.stationId === connector.stationId;
    case 'charge-point':
      return place.chargePointId === connector.chargePointId;
    case 'connector':
      return place.chargePointId === connector.chargePointId && place.connectorId === connector.connectorId;
  }
}

/** Returns the first stop that covers a part of the time from `from` to `until`, or the moment `from` itself. */
export function stopDuring(
  stops: readonly SaleStop[],
  { from, until }: { readonly from: number; readonly until: number },
): SaleStop | undefined {
  return stops.find((stop) => stop.from < Math.max(until, from + 1) && (stop.until === undefined || stop.until > from));
}
