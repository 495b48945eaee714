/**
 * Describes what is for sale: charge point operators, stations, charge points and connectors, as configured. Also
 * defines what a connector reports, and what a charger can do to keep a session within its limits.
 */
import type { Tariff } from './tariff.js';

export interface Network {
  readonly name: string;
  readonly providers: readonly Provider[];
}

/** A charge point operator (CPO), which is a provider in Beckn. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly images?: readonly string[];
  readonly support?: {
    readonly phone?: string;
    readonly email?: string;
    readonly url?: string;
  };
  /** The account into which buyer apps pay the money that they collect; sent to them unchanged. */
  readonly settlementAccount?: SettlementAccount;
  readonly stations: readonly Station[];
}

interface SettlementAccount {
  readonly accountHolderName?: string;
  readonly accountNumber?: string;
  readonly ifscCode?: string;
  readonly bankName?: string;
  readonly vpa?: string;
}

type VehicleType = '2-WHEELER' | '3-WHEELER' | '4-WHEELER';

export interface Station {
  readonly id: string;
  readonly name: string;
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** IANA name, such as `Asia/Kolkata`. Tariff restrictions use local time in this zone. */
  readonly timeZone?: string;
  readonly address: string;
  readonly city: { readonly code: string; readonly name: string };
  readonly state?: string;
  readonly country: { readonly code: string; readonly name: string };
  readonly images?: readonly string[];
  /** Codes that a search can filter by, such as `green-tariff`. */
  readonly categories?: readonly string[];
  readonly chargePoints: readonly ChargePoint[];
}

export interface ChargePoint {
  /** The OCPP identity: the last segment of the charger's WebSocket URL. */
  readonly id: string;
  /** The Beckn item id; the OCPP identity unless configured. */
  readonly itemId: string;
  readonly name: string;
  /** The code printed on the charge point for drivers. */
  readonly code: string;
  /** Why the charge point is not for sale; absent while it is. */
  readonly status?: ChargePointStatus;
  readonly connectors: readonly Connector[];
}

/** `planned`: not installed yet. `withdrawn`: not sold for a while or for good; ongoing sessions continue. */
export type ChargePointStatus = 'planned' | 'withdrawn';

type PowerType = 'AC' | 'DC';

/** No connector delivers more power than this, W; a register that shows more counts in another unit. */
export const MOST_POWER_W = 600_000;

export interface Connector {
  /** The OCPP connector id, from 1. */
  readonly connectorId: number;
  /** The Beckn item id; `<charge point item>-<connectorId>` unless configured. */
  readonly itemId: string;
  /** The id in UBC, `IND*operator*station*charge point*connector`; derived from the other ids unless configured. */
  readonly ubcId?: string;
  /** The content of the printed QR code; absent if the QR code contains the network's standard link. */
  readonly qrIdentifier?: string;
  readonly vehicleTypes?: readonly VehicleType[];
  /** The connector standard as shown to buyer apps, such as `CCS2`, `Type2`, `DC-001`. */
  readonly standard: string;
  readonly name: string;
  readonly powerType: PowerType;
  /** Rated power, watts. */
  readonly maxPowerW: number;
  /** Wiring of an AC connector; by default 230 V, and one phase up to 7.4 kW or three above. */
  readonly phases?: number;
  readonly voltage?: number;
  readonly tariff: Tariff;
  /** The charging options that a buyer may order here, each with its maximum. An absent option is not offered. */
  readonly options: ChargingOptions;
  /** Assumed usable battery capacity, Wh, for quoting an order by state of charge. */
  readonly socQuoteWh: number;
}

export interface ChargingOptions {
  /** Percent. */
  readonly soc?: number;
  /** Wh. */
  readonly energy?: number;
  /** Minor currency units of charging cost, before taxes and fees. */
  readonly amount?: number;
  /** Seconds. */
  readonly time?: number;
}

export interface ConnectorRef {
  readonly providerId: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: number;
}

export interface Site {
  readonly provider: Provider;
  readonly station: Station;
  readonly chargePoint: ChargePoint;
  readonly connector: Connector;
}

export function connectorRefOf({ provider, station, chargePoint, connector }: Site): ConnectorRef {
  return {
    providerId: provider.id,
    stationId: station.id,
    chargePointId: chargePoint.id,
    connectorId: connector.connectorId,
  };
}

/** The part of the network that a sale stop covers. */
export type SaleStopPlace =
  | { readonly kind: 'everything' }
  | { readonly kind: 'provider'; readonly providerId: string }
  | { readonly kind: 'station'; readonly stationId: string }
  | { readonly kind: 'charge-point'; readonly chargePointId: string }
  | { readonly kind: 'connector'; readonly chargePointId: string; readonly connectorId: number };

/** What an operator has withdrawn from sale: which part of the network, when, and why. Times are epoch ms. */
export interface SaleStop {
  readonly id: string;
  readonly place: SaleStopPlace;
  readonly from: number;
  /** Exclusive; absent if the stop lasts until an operator ends it. */
  readonly until?: number;
  /** One sentence for buyers. */
  readonly reason: string;
}

/** The connector statuses of OCPP 1.6; those of later versions are mapped to them. @source OCPP 1.6 §7.7 */
export type ConnectorStatus =
  | 'Available'
  | 'Preparing'
  | 'Charging'
  | 'SuspendedEVSE'
  | 'SuspendedEV'
  | 'Finishing'
  | 'Reserved'
  | 'Unavailable'
  | 'Faulted';

/** Connector statuses in which a new order can start, because no transaction is running. */
export const FREE_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Available', 'Preparing']);

/** The last reported status and error of a connector, in OCPP 1.6 terms. */
export interface ConnectorState {
  readonly status: ConnectorStatus;
  /** A `ChargePointErrorCode`; `NoError` if there is no fault. @source OCPP 1.6 §7.6 */
  readonly errorCode: string;
  /** When we received the report, epoch ms. */
  readonly at: number;
}

/** Degrees, WGS 84. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** Degrees. `west` is greater than `east` if the box crosses the antimeridian. */
export interface Box {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

export interface Route {
  readonly points: readonly Point[];
  /** Maximum distance of a place from the route, metres. */
  readonly corridorM: number;
}

/**
 * The first connector of an EVSE (2.x) has the EVSE's number. Any further one has the EVSE's number times this, plus
 * its own number.
 */
export const CONNECTORS_PER_EVSE = 1000;

/** Returns the EVSE of a connector. Each connector of 1.6 is an EVSE of its own. */
export function evseIdOf(connectorId: number): number {
  return connectorId < CONNECTORS_PER_EVSE ? connectorId : Math.floor(connectorId / CONNECTORS_PER_EVSE);
}

/** The unit in which a charger expects the limits of a charging schedule. Amperes are per phase. */
export type ChargingRate =
  | { readonly unit: 'W' }
  | { readonly unit: 'A'; readonly phases: number; readonly voltage: number };

/** A transaction limit that an OCPP 2.1 station can enforce itself. @source OCPP 2.1 TxCtrlr.SupportedLimits */
export type TransactionLimitKind = 'energy' | 'time' | 'soc';

export interface ChargerCapabilities {
  /** Typical time from a RemoteStop until energy stops flowing, measured at this charge point, ms. */
  readonly stopLatencyMs?: number;
  /** Absent if no charging profile can be used with this charger. */
  readonly chargingRate?: ChargingRate;
  readonly supportedLimits?: readonly TransactionLimitKind[];
  readonly supportsReservation?: true;
  /** Set if the charger displays costs, and sends a reading at a register value that we choose (1.6). */
  readonly displaysCost?: true;
}

/** Limits at which a station ends the energy transfer by itself, counted from the beginning of the transaction. */
export interface TransactionLimits {
  /** Wh. */
  readonly energyWh?: number;
  /** Seconds. */
  readonly timeS?: number;
  /** Percent. */
  readonly socPercent?: number;
}
