/** A network as configured: its charging operators, stations, charge points and connectors. */
import type { Tariff } from './tariff.js';

export interface Network {
  readonly name: string;
  readonly providers: readonly Provider[];
}

/** A charging point operator (CPO), which is a Beckn provider. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly images?: readonly string[];
  readonly support?: {
    readonly phone?: string;
    readonly email?: string;
    readonly url?: string;
  };
  /** The account to which buyer apps settle the money they collect; sent to them unchanged. */
  readonly settlementAccount?: SettlementAccount;
  readonly stations: readonly Station[];
}

export interface SettlementAccount {
  readonly accountHolderName?: string;
  readonly accountNumber?: string;
  readonly ifscCode?: string;
  readonly bankName?: string;
  readonly vpa?: string;
}

export type VehicleType = '2-WHEELER' | '3-WHEELER' | '4-WHEELER';

export interface Station {
  readonly id: string;
  readonly name: string;
  /** Degrees, WGS 84. */
  readonly latitude: number;
  readonly longitude: number;
  /** IANA name, such as `Asia/Kolkata`. The restrictions of a tariff use local time in this zone. */
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
  /** The human-readable code printed on the charge point. */
  readonly code: string;
  readonly connectors: readonly Connector[];
}

export type PowerType = 'AC' | 'DC';

export interface Connector {
  /** The OCPP connector id, 1 and up. */
  readonly connectorId: number;
  /** The Beckn item id; `<charge point item>-<connectorId>` unless configured. */
  readonly itemId: string;
  /** The id in Unified Bharat e-Charge, `IND*operator*station*charge point*connector`; derived unless configured. */
  readonly ubcId?: string;
  /** The content of the printed QR code, unless it is the network's own link. */
  readonly qrIdentifier?: string;
  readonly vehicleTypes?: readonly VehicleType[];
  /** The code shown to buyer apps, such as `CCS2`, `Type2`, `DC-001`. */
  readonly standard: string;
  readonly name: string;
  readonly powerType: PowerType;
  /** Rated power, watts. */
  readonly maxPowerW: number;
  /** Wiring of an AC connector; unless configured, 230 V and as many phases as the power needs. */
  readonly phases?: number;
  readonly voltage?: number;
  readonly tariff: Tariff;
  /** The charging options that a buyer may order here, each with its maximum. An absent option is not offered. */
  readonly options: ChargingOptions;
  /** Usable battery capacity, Wh, from which a state-of-charge order is quoted, because a percentage has no price. */
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

/** The ids that locate a connector: enough to order it and to command it. */
export interface ConnectorRef {
  readonly providerId: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: number;
}

/** A connector with its charge point, station and provider. */
export interface Site {
  readonly provider: Provider;
  readonly station: Station;
  readonly chargePoint: ChargePoint;
  readonly connector: Connector;
}

/** The nine connector states of OCPP 1.6; later versions are mapped to them. @source OCPP 1.6 §7.7 */
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

/** The last reported status and error of a connector, in OCPP 1.6 terms. */
export interface ConnectorState {
  readonly status: ConnectorStatus;
  /** A `ChargePointErrorCode`; `NoError` when there is no fault. @source OCPP 1.6 §7.6 */
  readonly errorCode: string;
  /** Our time of the report, epoch ms. */
  readonly at: number;
}

/** Degrees, WGS 84. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** Degrees. `west` is greater than `east` when the box crosses the antimeridian. */
export interface Box {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}

export interface Route {
  readonly points: readonly Point[];
  /** How far a place may lie from the route, metres. */
  readonly corridorM: number;
}
