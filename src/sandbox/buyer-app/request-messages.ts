/** Builds a buyer's messages in the vocabulary of `uei:charging`. */
import type { Json } from '../runtime/json.js';

/** Where to charge, and how much. */
export interface Choice {
  readonly providerId: string;
  /** This id and the two below are Beckn item ids. */
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: string;
  /**
   * Unless it states a unit, as in `5 kWh`, `value` is in the currency's major unit for `amount`, Wh for `units`,
   * seconds for `time` and percent for `soc`.
   */
  readonly option: { readonly code: 'amount' | 'units' | 'time' | 'soc'; readonly value: string };
  /** UPI by default. */
  readonly paymentMethod?: string;
}

const OPTION_NAMES = { amount: 'Amount', units: 'Units', time: 'Time', soc: 'SoC' } as const;

/** Builds a tag group with one entry. */
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

/** Builds the billing details of a fictitious driver. @param at Epoch ms. */
export function demoBilling(at: number): Json {
  return {
    name: 'Sandbox Driver',
    email: 'driver@sandbox.example',
    phone: '+910000000000',
    time: { timestamp: new Date(at).toISOString() },
  };
}

/** @param amount In major units, exactly as in the quote. */
export function paidPayment(amount: string, currency: string, reference: string): Json {
  return { params: { amount, currency, transaction_id: reference }, type: 'PRE-ORDER', status: 'PAID' };
}

/** Builds the intent of a search around a point. @param gps `latitude,longitude`. */
export function searchIntent(gps: string, radiusKm: number): Json {
  const circle = { gps, radius: { type: 'CONSTANT', value: String(radiusKm), unit: 'km' } };
  return { fulfillment: { stops: [{ location: { circle } }] } };
}
