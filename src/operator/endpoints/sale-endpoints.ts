/** Defines the endpoints for sale stops, which take places out of sale. */
import type { Json } from '../../domain/model/object.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Endpoint } from '../http/endpoint.js';
import { choice, flag, list, object, text, time, whole, type JsonSchema } from '../http/json-schema.js';
import { TIME_PARAMETERS } from '../http/paging.js';
import { choiceParameter } from '../http/parameters.js';
import { PLACE_PARAMETERS } from '../operations/place-filter.js';
import { addSaleStop, endSaleStop, listSaleStops, SALE_STOP_STATES } from '../operations/sale-stops.js';

const SALE_STOP = object(
  {
    id: text('Unique.'),
    kind: choice(['everything', 'provider', 'station', 'charge-point', 'connector'], 'How much is out of sale.'),
    reason: text('The sentence for buyers.'),
    state: choice(SALE_STOP_STATES, 'Whether it is in force.'),
    ...time('from', 'From when.'),
    setBy: text('The name of the token.'),
    ...time('setAt', 'When it was set.'),
  },
  {
    providerId: text('The provider (CPO).'),
    stationId: text('The station.'),
    chargePointId: text('The OCPP identity.'),
    connectorId: whole('The OCPP connector id.'),
    ...time('until', 'Until when; absent if it lasts until somebody ends it.'),
    endedBy: text('The name of the token.'),
    ...time('endedAt', 'When it was ended.'),
  },
);

const WHEN: JsonSchema = { type: ['string', 'integer'], description: 'RFC 3339 with a zone, or epoch ms.' };

const BODY: JsonSchema = {
  type: 'object',
  properties: {
    everything: flag('true takes the whole network out of sale.'),
    providerId: text('A provider (CPO).'),
    stationId: text('A station.'),
    chargePointId: text('A charge point or, with `connectorId`, one of its connectors.'),
    connectorId: whole('The OCPP connector id.'),
    from: { ...WHEN, description: `${WHEN.description} At once by default.` },
    until: { ...WHEN, description: `${WHEN.description} Until it is ended by default.` },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`,
      description: 'One sentence on one line; buyers see it.',
    },
  },
  required: ['reason'],
  additionalProperties: false,
};

const { providerId, stationId, chargePointId, connectorId } = PLACE_PARAMETERS;

function saleStopState({ saleStops }: OperatorDeps, id: string): Json | undefined {
  const record = saleStops.get(id);
  return record && { ...record, place: { ...record.place } };
}

export const SALE_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/sale-stops',
    description: 'What is, will be and was out of sale, the newest first, all in one answer.',
    scope: 'read',
    query: {
      providerId,
      stationId,
      chargePointId,
      connectorId,
      state: choiceParameter(SALE_STOP_STATES, 'Whether it is in force.'),
      ...TIME_PARAMETERS,
    },
    answer: object({ saleStops: list(SALE_STOP) }),
    handle: listSaleStops,
  },
  {
    method: 'POST',
    path: '/api/sale-stops',
    description:
      'Takes a connector, a charge point, a station, a provider or everything out of sale, at once or from a time, until a time or until it is ended. Running sessions and confirmed orders go on.',
    scope: 'operate',
    body: BODY,
    answer: SALE_STOP,
    audit: {
      act: 'sale-stop.add',
      targetKind: 'sale-stop',
      targetId: ({ body }) =>
        ['providerId', 'stationId', 'chargePointId'].map((name) => body[name] ?? '').join('') || 'everything',
      result: (body) => body as { readonly [name: string]: Json },
    },
    act: addSaleStop,
  },
  {
    method: 'POST',
    path: '/api/sale-stops/:id/end',
    description: 'Puts it on sale again at once.',
    scope: 'operate',
    answer: SALE_STOP,
    problems: ['not-found', 'already-ended'],
    audit: { act: 'sale-stop.end', targetKind: 'sale-stop', state: saleStopState },
    act: endSaleStop,
  },
];
