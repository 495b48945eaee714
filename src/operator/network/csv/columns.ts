/** Lists the columns of the CSV files. Import, export, templates and fault positions are derived from this list. */
import type { EntityKind } from '../../../bridge/network/network-tables.js';
import { choice, type CellFormat, decimal, json, list, money, scaled, taxes, text } from './cells.js';

export interface Column {
  /** The heading. */
  readonly name: string;
  readonly kind: EntityKind;
  /** The field of the entry, as a dotted path; `@parent` is the entry that contains it. */
  readonly field: string;
  readonly format: CellFormat;
  readonly about: string;
  /** Other headings that the import accepts. */
  readonly aliases?: readonly string[];
}

export const PARENT = '@parent';
const IN_SERVICE = 'in-service';

/** An empty cell and `in-service` mean the same; the export leaves the cell empty. */
const status: CellFormat = {
  read: (cell) => choice([IN_SERVICE, 'planned', 'withdrawn']).read(cell, undefined),
  write: (value) => String(value),
};

const column = (
  kind: EntityKind,
  [name, field]: readonly [string, string],
  format: CellFormat,
  about: string,
  aliases?: readonly string[],
): Column => ({ name, kind, field, format, about, ...(aliases && { aliases }) });

const PROVIDER: readonly Column[] = [
  column('provider', ['provider_id', 'id'], text, 'Operator that sells: its id for buyer apps. Required.', [
    'operator_id',
    'cpo_id',
  ]),
  column('provider', ['provider_name', 'name'], text, 'Name that buyers see. Required for a new provider.', [
    'operator_name',
  ]),
  column(
    'provider',
    ['provider_operator_code', 'operatorCode'],
    text,
    'Three letters or digits in UBC numbers; computed if empty.',
  ),
  column('provider', ['provider_phone', 'support.phone'], text, 'Phone number for help.'),
  column('provider', ['provider_email', 'support.email'], text, 'Mail address for help.'),
  column('provider', ['provider_url', 'support.url'], text, 'Web page for help.'),
];

const STATION: readonly Column[] = [
  column('station', ['station_id', 'id'], text, 'Id of the station for buyer apps. Required.', [
    'location_id',
    'site_id',
  ]),
  column('station', ['station_name', 'name'], text, 'Name that buyers see. Required.', ['location_name', 'site_name']),
  column('station', ['latitude', 'latitude'], decimal, 'Degrees, WGS 84, such as 12.9716. Required.', ['lat']),
  column('station', ['longitude', 'longitude'], decimal, 'Degrees, WGS 84, such as 77.5946. Required.', [
    'lon',
    'lng',
    'long',
  ]),
  column('station', ['time_zone', 'timeZone'], text, 'Such as Asia/Kolkata; needed by tariffs with times of day.', [
    'timezone',
  ]),
  column('station', ['address', 'address'], text, 'Postal address. Required.'),
  column('station', ['city_code', 'city.code'], text, 'Such as std:080. Required.'),
  column('station', ['city_name', 'city.name'], text, 'Name of the city. Required.', ['city']),
  column('station', ['state', 'state'], text, 'State or province.'),
  column('station', ['country_code', 'country.code'], text, 'Such as IND. Required.'),
  column('station', ['country_name', 'country.name'], text, 'Such as India. Required.', ['country']),
  column(
    'station',
    ['station_categories', 'categories'],
    list,
    'Codes that a search can ask for, with | between them.',
  ),
  column('station', ['station_images', 'images'], list, 'URLs of images, with | between them.'),
];

const STATION_OF_CHARGE_POINT = column(
  'charge-point',
  ['station_id', PARENT],
  text,
  'The station where it stands. Required.',
);

const CHARGE_POINT: readonly Column[] = [
  column(
    'charge-point',
    ['charge_point_id', 'id'],
    text,
    'OCPP identity: the last part of its WebSocket URL. Required.',
    ['chargepoint_id', 'charger_id', 'ocpp_id'],
  ),
  column('charge-point', ['charge_point_name', 'name'], text, 'Name that buyers see; the identity if empty.', [
    'charger_name',
  ]),
  column('charge-point', ['charge_point_code', 'code'], text, 'Code printed on it; the identity if empty.'),
  column('charge-point', ['charge_point_item_id', 'itemId'], text, 'Id for buyer apps; the identity if empty.'),
  column(
    'charge-point',
    ['status', 'status'],
    status,
    'in-service, planned (not installed yet) or withdrawn (sells nothing).',
  ),
];

const CONNECTOR: readonly Column[] = [
  column(
    'connector',
    ['connector_id', 'connectorId'],
    scaled(1),
    'Number that the charger gives it, from 1. Required.',
    ['connector', 'connector_no'],
  ),
  column('connector', ['standard', 'standard'], text, 'Plug, such as CCS2, CHAdeMO or Type2. Required.', [
    'plug',
    'connector_type',
    'connector_standard',
  ]),
  column('connector', ['power_type', 'powerType'], choice(['AC', 'DC']), 'AC or DC. Required.', ['current']),
  column('connector', ['max_power_kw', 'maxPowerW'], scaled(1000), 'Rated power, kW. Required.', ['power_kw', 'power']),
  column('connector', ['phases', 'phases'], scaled(1), 'Phases of an AC connector: 1, 2 or 3.'),
  column('connector', ['voltage', 'voltage'], scaled(1), 'Voltage of a phase, V; 230 if empty.'),
  column('connector', ['tariff_id', 'tariff'], text, 'The tariff. Required.', ['tariff']),
  column(
    'connector',
    ['max_energy_kwh', 'options.energy'],
    scaled(1000),
    'Most energy that can be ordered, kWh; empty: cannot be ordered so. One of the four is required.',
  ),
  column('connector', ['max_amount', 'options.amount'], money, 'Most money that can be ordered, before taxes.'),
  column('connector', ['max_minutes', 'options.time'], scaled(60), 'Longest time that can be ordered, minutes.'),
  column(
    'connector',
    ['max_soc_percent', 'options.soc'],
    scaled(1),
    'Highest state of charge that can be ordered, percent.',
  ),
  column(
    'connector',
    ['battery_kwh', 'socQuoteWh'],
    scaled(1000),
    'Battery for which a state of charge is priced, kWh; 50 if empty.',
  ),
  column('connector', ['connector_name', 'name'], text, 'Name that buyers see; standard and power if empty.'),
  column('connector', ['connector_item_id', 'itemId'], text, 'Id for buyer apps; computed if empty.'),
  column('connector', ['ubc_id', 'ubcId'], text, 'Number in Unified Bharat e-Charge; computed if empty.'),
  column(
    'connector',
    ['qr_identifier', 'qrIdentifier'],
    text,
    'Content of its printed QR code; the network’s link if empty.',
  ),
  column('connector', ['vehicle_types', 'vehicleTypes'], list, '2-WHEELER, 3-WHEELER, 4-WHEELER, with | between them.'),
];

const CHARGE_POINT_OF_CONNECTOR = column(
  'connector',
  ['charge_point_id', PARENT],
  text,
  'The charge point that has it. Required.',
);

const TARIFF: readonly Column[] = [
  column('tariff', ['tariff_id', 'id'], text, 'Id of the tariff, to which connectors refer. Required.'),
  column('tariff', ['currency', 'currency'], text, 'ISO 4217 code, such as INR. Required.'),
  column('tariff', ['price_per_kwh', 'pricePerKwh'], money, 'Price of a kWh before taxes, such as 18.50. Required.', [
    'price',
    'price_kwh',
  ]),
  column('tariff', ['service_fee', 'serviceFee'], money, 'Once a session, before taxes.'),
  column('tariff', ['platform_fee', 'platformFee'], money, 'Once a session, before taxes.'),
  column('tariff', ['min_price', 'minPrice'], money, 'Least that charging costs, before taxes and fees.'),
  column('tariff', ['max_price', 'maxPrice'], money, 'Most that charging costs, before taxes and fees.'),
  column(
    'tariff',
    ['taxes', 'taxes'],
    taxes,
    'Such as GST 18% on energy+service-fee split CGST+SGST; several with | between them.',
    ['tax'],
  ),
  column(
    'tariff',
    ['elements', 'elements'],
    json,
    'Prices by time of day, duration and so on, as JSON in the form of OCPI (docs/network.md).',
  ),
  column('tariff', ['offers', 'offers'], json, 'Discounts, as JSON (docs/network.md).'),
];

export const FILE_KINDS = ['stations', 'charge-points', 'connectors', 'tariffs', 'wide'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** All columns that the import accepts. Columns of two kinds may share a heading. */
export const ALL_COLUMNS: readonly Column[] = [
  ...PROVIDER,
  ...STATION,
  column('station', ['provider_id', PARENT], text, 'The provider that runs it.', ['operator_id', 'cpo_id']),
  ...CHARGE_POINT,
  STATION_OF_CHARGE_POINT,
  ...CONNECTOR,
  CHARGE_POINT_OF_CONNECTOR,
  ...TARIFF,
];

/** The columns of each file, in order. A heading that two kinds share is written once. */
export const FILE_COLUMNS: { readonly [kind in FileKind]: readonly Column[] } = {
  stations: [...PROVIDER, ...STATION],
  'charge-points': [...CHARGE_POINT.slice(0, 1), STATION_OF_CHARGE_POINT, ...CHARGE_POINT.slice(1)],
  connectors: [CHARGE_POINT_OF_CONNECTOR, ...CONNECTOR],
  tariffs: TARIFF,
  wide: [...PROVIDER, ...STATION, ...CHARGE_POINT, ...CONNECTOR, ...TARIFF.slice(1)],
};

/** The field that identifies an entry of each kind. */
export const KEY_FIELD: { readonly [kind in EntityKind]: string } = {
  provider: 'id',
  station: 'id',
  'charge-point': 'id',
  connector: 'connectorId',
  tariff: 'id',
};

/** Whether a cell says `in-service`, which an absent status means too. */
export function isInService(col: Column, value: unknown): boolean {
  return col.field === 'status' && value === IN_SERVICE;
}

/**
 * Returns the column of a field, or of a field that contains it or is contained in it. If `field` is the kind of a
 * parent, such as `station`, it stands for the reference to that parent.
 */
export function columnOfField(kind: EntityKind, field: string): Column | undefined {
  const own = ALL_COLUMNS.filter((col) => col.kind === kind);
  const wanted = ['provider', 'station', 'charge-point'].includes(field) ? PARENT : field;
  return (
    own.find((col) => col.field === wanted) ??
    own.find((col) => col.field.startsWith(`${wanted}.`) || wanted.startsWith(`${col.field}.`))
  );
}
