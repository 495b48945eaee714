/** The messages of a buyer in the vocabulary of `uei:charging`: three nested items and one charging option. */
import type { Json } from '../runtime/json.js';

/** Where to charge, and how much. */
export interface Choice {
  readonly providerId: string;
  /** Beckn item ids. */
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: string;
  /** `amount` in rupees, `units` in Wh, `time` in seconds, `soc` in percent. */
  readonly option: { readonly code: 'amount' | 'units' | 'time' | 'soc'; readonly value: string };
  /** UPI when absent. */
  readonly paymentMethod?: string;
}

const OPTION_NAMES = { amount: 'Amount', units: 'Units', time: 'Time', soc: 'SoC' } as const;

/** A tag group with one entry. */
function tagGroup(code: string, name: string, entry: { code: string; name: string; value: string }): Json {
  const descriptor = { name: entry.name, code: entry.code };
  return { display: true, descriptor: { name, code }, list: [{ display: true, value: entry.value, descriptor }] };
}

export function selectedOrder(choice: Choice): Json {
  const { code, value } = choice.option;
  const method = choice.paymentMethod ?? 'UPI';
  return {
    provider: { id: choice.providerId },
    items: [
      { id: choice.stationId, descriptor: { code: 'charging-station' } },
      { id: choice.chargePointId, descriptor: { code: 'charge-point' } },
      { id: choice.connectorId, descriptor: { code: 'connector' } },
    ],
    tags: [
      tagGroup('selected-charging-option', 'Selected Charging Option', { code, name: OPTION_NAMES[code], value }),
      tagGroup('selected-payment-method', 'Selected Payment Method', { code: 'method', name: 'Method', value: method }),
    ],
  };
}

/** The billing details of an invented driver. @param at Epoch ms. */
export function demoBilling(at: number): Json {
  return {
    name: 'Sandbox Driver',
    email: 'driver@sandbox.example',
    phone: '+910000000000',
    time: { timestamp: new Date(at).toISOString() },
  };
}

/** @param amount In major units, exactly as the quote wrote it. */
export function paidPayment(amount: string, currency: string, reference: string): Json {
  return { params: { amount, currency, transaction_id: reference }, type: 'PRE-ORDER', status: 'PAID' };
}

/** The intent of a search around a point. @param gps `latitude,longitude`. */
export function searchIntent(gps: string, radiusKm: number): Json {
  const circle = { gps, radius: { type: 'CONSTANT', value: String(radiusKm), unit: 'km' } };
  return { fulfillment: { stops: [{ location: { circle } }] } };
}
