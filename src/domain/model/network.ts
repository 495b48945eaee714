/** What a charging operator sells: the stations, charge points and connectors of one network, as configured. */
import type { Tariff } from './tariff.js';

export interface Network {
  readonly name: string;
  readonly providers: readonly Provider[];
}

/** A charging operator (CPO), a Beckn provider. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly images?: readonly string[];
  readonly support?: {
    readonly phone?: string;
    readonly email?: string;
    readonly url?: string;
  };
  /** Where what buyer apps collect is settled to; said to them as it stands. */
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
  /** IANA name, such as `Asia/Kolkata`: in it a tariff's restrictions tell the time. */
  readonly timeZone?: string;
  readonly address: string;
  readonly city: { readonly code: string; readonly name: string };
  readonly state?: string;
  readonly country: { readonly code: string; readonly name: string };
  readonly images?: readonly string[];
  /** Codes that a search can ask for, such as `green-tariff`. */
  readonly categories?: readonly string[];
  readonly chargePoints: readonly ChargePoint[];
}

export interface ChargePoint {
  /** The OCPP identity: the last segment of the charger's WebSocket URL. */
  readonly id: string;
  /** The Beckn item id; the OCPP identity unless configured. */
  readonly itemId: string;
  readonly name: string;
  /** The human code printed on the charge point. */
  readonly code: string;
  readonly connectors: readonly Connector[];
}

export type PowerType = 'AC' | 'DC';

export interface Connector {
  /** As OCPP numbers it, 1 and up. */
  readonly connectorId: number;
  /** The Beckn item id; `<charge point item>-<connectorId>` unless configured. */
  readonly itemId: string;
  /** Its number in Unified Bharat e-Charge, `IND*operator*station*charge point*connector`; worked out unless configured. */
  readonly ubcId?: string;
  /** What the printed QR code on it says, where that is not the network's own link. */
  readonly qrIdentifier?: string;
  readonly vehicleTypes?: readonly VehicleType[];
  /** The code that buyer apps see, such as `CCS2`, `Type2`, `DC-001`. */
  readonly standard: string;
  readonly name: string;
  readonly powerType: PowerType;
  /** Rated power, watts. */
  readonly maxPowerW: number;
  /** How it is wired, where it gives AC; 230 V and the phases that the power needs unless configured. */
  readonly phases?: number;
  readonly voltage?: number;
  readonly tariff: Tariff;
  /** What a buyer may ask for here, and the most of each. An absent kind is not offered. */
  readonly options: ChargingOptions;
  /** The usable battery, Wh, that a state-of-charge order is quoted for: SoC has no price of its own. */
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

/** Where one connector is found: enough to order it and to command it. */
export interface ConnectorRef {
  readonly providerId: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: number;
}

/** A connector together with everything above it. */
export interface Site {
  readonly provider: Provider;
  readonly station: Station;
  readonly chargePoint: ChargePoint;
  readonly connector: Connector;
}

/** The nine connector states of OCPP 1.6 §7.7; later versions are mapped on them. */
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

/** A connector's last word: its status and its error, in OCPP 1.6 words. */
export interface ConnectorState {
  readonly status: ConnectorStatus;
  /** A `ChargePointErrorCode` of OCPP 1.6 §7.6; `NoError` when well. */
  readonly errorCode: string;
  /** Epoch ms, our clock, when we heard it. */
  readonly at: number;
}
