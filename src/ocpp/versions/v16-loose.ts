/** Making a faulty money message readable: what a charger bills for is never lost over a null or an extra key. */
import type { Json } from '../../domain/order.js';
import type { Payload } from '../frame.js';
import { parseDecimal } from './v16-meter.js';

type Field = 'integer' | 'text' | 'time' | 'samples';

interface Shape {
  readonly fields: { readonly [name: string]: Field };
  /** Fields without which nobody knows what is billed. */
  readonly identity: readonly string[];
}

const SHAPES = {
  StartTransaction: {
    fields: {
      connectorId: 'integer',
      idTag: 'text',
      meterStart: 'integer',
      reservationId: 'integer',
      timestamp: 'time',
    },
    // Without a meterStart it counts from 0: what that makes of the stop is impossible, held back, and shown to a person.
    identity: ['connectorId', 'idTag'],
  },
  StopTransaction: {
    fields: {
      transactionId: 'integer',
      idTag: 'text',
      meterStop: 'integer',
      timestamp: 'time',
      reason: 'text',
      transactionData: 'samples',
    },
    identity: ['transactionId'],
  },
  MeterValues: {
    fields: { connectorId: 'integer', transactionId: 'integer', meterValue: 'samples' },
    identity: ['connectorId', 'meterValue'],
  },
} as const satisfies Record<string, Shape>;

/**
 * Drops nulls and unknown keys, reads numbers from text and text from numbers, rounds decimals half up.
 * @errors `undefined` when the identity cannot be read even so.
 * @source OCPP 1.6 §4.8, §4.10: failing sanity checks must not keep the answer back.
 */
export function loosen(action: keyof typeof SHAPES, payload: Payload): Payload | undefined {
  const shape: Shape = SHAPES[action];
  const loose: { [key: string]: Json } = {};
  for (const [name, field] of Object.entries(shape.fields)) {
    const value = Object.hasOwn(payload, name) ? coerce(payload[name], field) : undefined;
    if (value !== undefined) loose[name] = value;
  }
  return shape.identity.every((name) => loose[name] !== undefined) ? loose : undefined;
}

function coerce(value: Json | undefined, field: Field): Json | undefined {
  if (value === null || value === undefined) return undefined;
  switch (field) {
    case 'integer': {
      const number = parseDecimal(value);
      return number === undefined ? undefined : Math.floor(number + 0.5);
    }
    case 'text':
    case 'time':
      return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
    case 'samples':
      return Array.isArray(value) ? value : typeof value === 'object' ? [value] : undefined;
  }
}
