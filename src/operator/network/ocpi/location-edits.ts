/** Maps OCPI locations to stations, charge points and connectors. @source OCPI 2.2.1 §8, 2.3.0 §8 (Locations) */
import type { Json } from '../../../domain/model/object.js';
import type { Edit } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { connectorEntryKey } from '../../../bridge/network/network-tables.js';
import { listOf, numberOf, objectOf, textOf, textsOf, type OcpiObject } from './json-values.js';

/** How a charge point is named: as its EVSE, or as in a roaming network, `ocpi:<country>*<party>:<evse uid>`. */
export type ChargePointNames = 'evse-uid' | 'ocpi';

/** @source OCPI 2.2.1 §8.4.5, ConnectorType; what is not listed is shown as OCPI writes it. */
const STANDARDS: { readonly [code: string]: string } = {
  IEC_62196_T2_COMBO: 'CCS2',
  IEC_62196_T1_COMBO: 'CCS1',
  IEC_62196_T2: 'Type2',
  IEC_62196_T1: 'Type1',
  CHADEMO: 'CHAdeMO',
  GBT_DC: 'GB_T',
};

const THREE_PHASES: ReadonlySet<string> = new Set(['AC_3_PHASE']);
/** An option whose maximum OCPI does not tell: the energy of a long session at a fast charger, and two days. */
const MAX_ENERGY_WH = 100_000;
const MAX_TIME_S = 12 * 3600;

export interface MappedLocation {
  readonly edits: readonly Edit[];
  readonly faults: readonly Fault[];
}

export function locationEdits(file: string, location: OcpiObject, names: ChargePointNames): MappedLocation {
  const [country, party, id] = ['country_code', 'party_id', 'id'].map((name) => textOf(location, name));
  if (country === undefined || party === undefined || id === undefined)
    return {
      edits: [],
      faults: [
        { file, value: shownValue(id ?? location), rule: 'an OCPI location needs country_code, party_id and id' },
      ],
    };
  const operator = `${country}*${party}`;
  const origin = { file };
  const owner = textOf(objectOf(location, 'operator'), 'name') ?? operator;
  const coordinates = objectOf(location, 'coordinates');
  const address = [textOf(location, 'address'), textOf(location, 'postal_code')].filter((part) => part !== undefined);
  const city = textOf(location, 'city');
  const images = listOf(location, 'images').flatMap((image) => textOf(image, 'url') ?? []);
  const provider: Edit = { kind: 'provider', key: operator, fields: { id: operator, name: owner }, origin };
  const station: Edit = {
    kind: 'station',
    key: id,
    parent: operator,
    fields: {
      id,
      name: textOf(location, 'name') ?? id,
      latitude: numberOf(coordinates, 'latitude'),
      longitude: numberOf(coordinates, 'longitude'),
      timeZone: textOf(location, 'time_zone'),
      address: address.join(', '),
      ...(city !== undefined && { city: { code: city, name: city } }),
      state: textOf(location, 'state'),
      // OCPI has the alpha-3 code of the country, and no name.
      ...(textOf(location, 'country') !== undefined && {
        country: { code: textOf(location, 'country') ?? '', name: textOf(location, 'country') ?? '' },
      }),
      ...(images.length > 0 && { images }),
    },
    origin,
  };
  const evses = listOf(location, 'evses').map((evse) => evseEdits(file, evse, { operator, stationId: id, names }));
  return {
    edits: [provider, station, ...evses.flatMap(({ edits }) => edits)],
    faults: evses.flatMap(({ faults }) => faults),
  };
}

function evseEdits(
  file: string,
  evse: OcpiObject,
  {
    operator,
    stationId,
    names,
  }: { readonly operator: string; readonly stationId: string; readonly names: ChargePointNames },
): MappedLocation {
  const uid = textOf(evse, 'uid');
  if (uid === undefined)
    return {
      edits: [],
      faults: [{ file, path: `location ${stationId}`, value: shownValue(evse), rule: 'an EVSE needs a uid' }],
    };
  const origin = { file };
  const id = names === 'ocpi' ? `ocpi:${operator}:${uid}` : uid;
  const connectors = listOf(evse, 'connectors').map((connector, index) => connectorEdit(id, connector, index));
  const status = statusOf(evse);
  const chargePoint: Edit = {
    kind: 'charge-point',
    key: id,
    parent: stationId,
    fields: {
      id,
      ...(textOf(evse, 'physical_reference') !== undefined && { name: textOf(evse, 'physical_reference') }),
      ...(textOf(evse, 'evse_id') !== undefined && { code: textOf(evse, 'evse_id') }),
      status,
    },
    origin,
  };
  const faults = connectors.flatMap(({ fault }) =>
    fault === undefined ? [] : [{ file, path: `EVSE ${uid}`, ...fault }],
  );
  return {
    edits: [chargePoint, ...connectors.flatMap(({ edit }) => edit ?? [])].map((one) => ({ ...one, origin })),
    faults,
  };
}

/** Only what can be started from afar is sold. What else the status says changes from minute to minute. */
function statusOf(evse: OcpiObject): 'planned' | 'withdrawn' | undefined {
  const status = textOf(evse, 'status');
  if (status === 'PLANNED') return 'planned';
  const capabilities = textsOf(evse, 'capabilities');
  const canStart = evse['capabilities'] === undefined || capabilities.includes('REMOTE_START_STOP_CAPABLE');
  return status === 'REMOVED' || !canStart ? 'withdrawn' : undefined;
}

function connectorEdit(
  chargePointId: string,
  connector: OcpiObject,
  index: number,
): { readonly edit?: Edit; readonly fault?: Omit<Fault, 'file'> } {
  const standard = textOf(connector, 'standard');
  const powerType = textOf(connector, 'power_type') ?? '';
  const maxPowerW = powerOf(connector, powerType);
  const tariff = textsOf(connector, 'tariff_ids')[0] ?? textOf(connector, 'tariff_id');
  if (standard === undefined || maxPowerW === undefined)
    return { fault: { value: shownValue(connector), rule: 'a connector needs standard and power' } };
  if (tariff === undefined)
    return {
      fault: { value: shownValue(textOf(connector, 'id') ?? connector), rule: 'a connector has no tariff_ids' },
    };
  // An OCPI id need not be a number; OCPP's is, from 1.
  const given = Number(textOf(connector, 'id'));
  const connectorId = Number.isInteger(given) && given >= 1 ? given : index + 1;
  const isDc = powerType === 'DC';
  const fields: { [name: string]: Json | undefined } = {
    connectorId,
    standard: STANDARDS[standard] ?? standard,
    powerType: isDc ? 'DC' : 'AC',
    maxPowerW,
    tariff,
    options: { energy: MAX_ENERGY_WH, time: MAX_TIME_S },
    ...(!isDc && { phases: THREE_PHASES.has(powerType) ? 3 : powerType.startsWith('AC_2') ? 2 : 1 }),
  };
  return {
    edit: {
      kind: 'connector',
      key: connectorEntryKey(chargePointId, connectorId),
      parent: chargePointId,
      fields,
      origin: { file: '' },
    },
  };
}

/** @unit `max_electric_power` is W; else volts times amperes times the phases. */
function powerOf(connector: OcpiObject, powerType: string): number | undefined {
  const power = numberOf(connector, 'max_electric_power');
  if (power !== undefined && power >= 1) return Math.round(power);
  const [voltage, amperage] = [numberOf(connector, 'max_voltage'), numberOf(connector, 'max_amperage')];
  if (!voltage || !amperage) return undefined;
  return Math.round(voltage * amperage * (THREE_PHASES.has(powerType) ? 3 : 1));
}
