/**
 * Maps OCPI locations to stations, charge points and connectors. A field that a location does not state keeps its
 * present value: the edit omits the field or states it as a default. Only the status of a charge point is always set.
 * @source OCPI 2.2.1 §8, 2.3.0 §8 (Locations)
 */
import type { Json } from '../../../domain/model/object.js';
import type { Edit, Origin } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { connectorEntryKey } from '../../../bridge/network/network-tables.js';
import {
  isAbsentOrList,
  listOf,
  numberOf,
  objectOf,
  partyOf,
  textOf,
  textsOf,
  type OcpiObject,
} from './json-values.js';

/** How a charge point is named: like its EVSE, or as in a roaming network, `ocpi:<country>*<party>:<evse uid>`. */
export type ChargePointNames = 'evse-uid' | 'ocpi';

/** @source OCPI 2.2.1 §8.4.5, ConnectorType. A type that is not listed keeps its OCPI name. */
const STANDARDS: { readonly [code: string]: string } = {
  IEC_62196_T2_COMBO: 'CCS2',
  IEC_62196_T1_COMBO: 'CCS1',
  IEC_62196_T2: 'Type2',
  IEC_62196_T1: 'Type1',
  CHADEMO: 'CHAdeMO',
  GBT_DC: 'GB_T',
};

const THREE_PHASES = 'AC_3_PHASE';
/** @source OCPI 2.2.1 and 2.3.0, PowerType */
const PHASES: { readonly [powerType: string]: number | undefined } = {
  AC_1_PHASE: 1,
  AC_2_PHASE: 2,
  AC_2_PHASE_SPLIT: 2,
  [THREE_PHASES]: 3,
};
/** Default order limits, since OCPI states none: the energy of a long session at a fast charger, and twelve hours. */
const MAX_ENERGY_WH = 100_000;
const MAX_TIME_S = 12 * 3600;

export interface MappedLocation {
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
  /** Statements in the source that the network cannot express, such as a second tariff. They do not stop the import. */
  readonly warnings: readonly string[];
}

export function locationEdits(file: string, location: OcpiObject, names: ChargePointNames): MappedLocation {
  const id = textOf(location, 'id');
  if (id === undefined || ['country_code', 'party_id'].some((name) => textOf(location, name) === undefined))
    return {
      edits: [],
      faults: [
        { file, value: shownValue(id ?? location), rule: 'an OCPI location needs country_code, party_id and id' },
      ],
      warnings: [],
    };
  const operator = partyOf(location);
  const owner = textOf(objectOf(location, 'operator'), 'name');
  const coordinates = objectOf(location, 'coordinates');
  const address = [textOf(location, 'address'), textOf(location, 'postal_code')].filter((part) => part !== undefined);
  const [city, countryCode] = [textOf(location, 'city'), textOf(location, 'country')];
  const images = listOf(location, 'images').flatMap((image) => textOf(image, 'url') ?? []);
  const provider: Edit = {
    kind: 'provider',
    key: operator,
    fields: stated({ id: operator, name: owner }),
    defaults: { name: operator },
    origin: { file },
  };
  const station: Edit = {
    kind: 'station',
    key: id,
    parent: operator,
    fields: stated({
      id,
      name: textOf(location, 'name'),
      latitude: numberOf(coordinates, 'latitude'),
      longitude: numberOf(coordinates, 'longitude'),
      timeZone: textOf(location, 'time_zone'),
      address: address.length > 0 ? address.join(', ') : undefined,
      'city.name': city,
      state: textOf(location, 'state'),
      'country.code': countryCode,
      images: images.length > 0 ? images : undefined,
    }),
    // OCPI has no city code, and only the alpha-3 code of a country, not its name.
    defaults: stated({ name: id, 'city.code': city, 'country.name': countryCode }),
    origin: { file, subject: `location ${id} of ${operator}` },
  };
  const isPublished = location['publish'] !== false;
  const evses = listOf(location, 'evses').map((evse) =>
    evseEdits(file, evse, { operator, stationId: id, isPublished, names }),
  );
  return {
    edits: [provider, station, ...evses.flatMap(({ edits }) => edits)],
    faults: [...listFaults(file, `location ${id}`, location, 'evses'), ...evses.flatMap(({ faults }) => faults)],
    warnings: [
      ...(isPublished ? [] : [`location ${id} is not to be published, so its charge points are withdrawn`]),
      ...evses.flatMap(({ warnings }) => warnings),
    ],
  };
}

/**
 * Returns a fault if a member is present and not a list of objects, because what cannot be read would silently be
 * missing.
 */
function listFaults(file: string, path: string, object: OcpiObject, name: string): Fault[] {
  if (isAbsentOrList(object, name)) return [];
  return [{ file, path, value: shownValue(object[name]), rule: `needs a list of objects as its ${name}` }];
}

function evseEdits(
  file: string,
  evse: OcpiObject,
  {
    operator,
    stationId,
    isPublished,
    names,
  }: {
    readonly operator: string;
    readonly stationId: string;
    readonly isPublished: boolean;
    readonly names: ChargePointNames;
  },
): MappedLocation {
  const uid = textOf(evse, 'uid');
  if (uid === undefined)
    return {
      edits: [],
      faults: [{ file, path: `location ${stationId}`, value: shownValue(evse), rule: 'an EVSE needs a uid' }],
      warnings: [],
    };
  const subject = `EVSE ${uid} at ${stationId} of ${operator}`;
  const id = names === 'ocpi' ? `ocpi:${operator}:${uid}` : uid;
  const given = listOf(evse, 'connectors');
  const ids = given.map((connector) => textOf(connector, 'id'));
  const connectors = given.map((connector, index) => {
    const isRepeated = ids.indexOf(ids[index]) < index;
    const name = `connector "${ids[index] ?? ''}"${isRepeated ? `, place ${index + 1},` : ''} of ${subject}`;
    return connectorEdit(id, connector, { index, origin: { file, subject: name } });
  });
  const status = isPublished ? statusOf(evse) : 'withdrawn';
  const withdrawnBy = status === 'withdrawn' ? 'ocpi' : undefined;
  const chargePoint: Edit = {
    kind: 'charge-point',
    key: id,
    parent: stationId,
    fields: {
      ...stated({ id, name: textOf(evse, 'physical_reference'), code: textOf(evse, 'evse_id') }),
      status,
      withdrawnBy,
    },
    origin: { file, subject },
  };
  const faults = connectors.flatMap(({ fault }) =>
    fault === undefined ? [] : [{ file, path: `EVSE ${uid}`, ...fault }],
  );
  return {
    edits: [chargePoint, ...connectors.flatMap(({ edit }) => edit ?? [])],
    faults: [...listFaults(file, `EVSE ${uid}`, evse, 'connectors'), ...faults],
    warnings: given.flatMap((connector) => tariffWarnings(id, connector)),
  };
}

/**
 * Returns a warning if a connector has several tariffs, as OCPI allows for different payment methods and times. Our
 * connectors have one.
 */
function tariffWarnings(chargePointId: string, connector: OcpiObject): string[] {
  const [sold, ...others] = textsOf(connector, 'tariff_ids');
  if (sold === undefined || others.length === 0) return [];
  const name = `connector ${textOf(connector, 'id') ?? ''} of ${chargePointId}`;
  return [`${name} is sold at tariff ${sold}, and not at ${others.join(', ')}`];
}

/**
 * Returns the lasting status of an EVSE, since other OCPI statuses change by the minute; `undefined` for one in
 * service. An EVSE that is removed, or whose capabilities are listed without a remote start, is withdrawn from sale.
 */
function statusOf(evse: OcpiObject): 'planned' | 'withdrawn' | undefined {
  const status = textOf(evse, 'status');
  if (status === 'PLANNED') return 'planned';
  const capabilities = textsOf(evse, 'capabilities');
  const canStart = !Array.isArray(evse['capabilities']) || capabilities.includes('REMOTE_START_STOP_CAPABLE');
  return status === 'REMOVED' || !canStart ? 'withdrawn' : undefined;
}

function connectorEdit(
  chargePointId: string,
  connector: OcpiObject,
  { index, origin }: { readonly index: number; readonly origin: Origin },
): { readonly edit?: Edit; readonly fault?: Omit<Fault, 'file'> } {
  const standard = textOf(connector, 'standard');
  const powerType = textOf(connector, 'power_type');
  const [statedPowerW, boundW] = [statedPower(connector), powerBound(connector, powerType)];
  const tariff = textsOf(connector, 'tariff_ids')[0] ?? textOf(connector, 'tariff_id');
  if (standard === undefined || (statedPowerW ?? boundW) === undefined)
    return { fault: { value: shownValue(connector), rule: 'a connector needs standard and power' } };
  if (tariff === undefined)
    return {
      fault: { value: shownValue(textOf(connector, 'id') ?? connector), rule: 'a connector has no tariff_ids' },
    };
  // An OCPI connector id need not be a number; in OCPP it is a number from 1.
  const given = Number(textOf(connector, 'id'));
  const connectorId = Number.isInteger(given) && given >= 1 ? given : index + 1;
  return {
    edit: {
      kind: 'connector',
      key: connectorEntryKey(chargePointId, connectorId),
      parent: chargePointId,
      fields: stated({
        connectorId,
        standard: STANDARDS[standard] ?? standard,
        powerType: powerType && (powerType === 'DC' ? 'DC' : 'AC'),
        maxPowerW: statedPowerW,
        phases: powerType && PHASES[powerType],
        tariff,
      }),
      defaults: stated({
        powerType: 'AC',
        // Volts and amperes only bound the power, so a rating that a person has set takes precedence.
        maxPowerW: boundW,
        options: { energy: MAX_ENERGY_WH, time: MAX_TIME_S },
      }),
      origin,
    },
  };
}

/** Returns the stated maximum power. @unit W */
function statedPower(connector: OcpiObject): number | undefined {
  const power = numberOf(connector, 'max_electric_power');
  return power !== undefined && power >= 1 ? Math.round(power) : undefined;
}

/** Returns voltage times amperage, times three for three phases. @unit W */
function powerBound(connector: OcpiObject, powerType: string | undefined): number | undefined {
  const [voltage, amperage] = [numberOf(connector, 'max_voltage'), numberOf(connector, 'max_amperage')];
  if (!voltage || !amperage) return undefined;
  return Math.round(voltage * amperage * (powerType === THREE_PHASES ? 3 : 1));
}

/** Omits fields whose value is `undefined`. */
function stated(fields: { readonly [name: string]: Json | undefined }): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined));
}
