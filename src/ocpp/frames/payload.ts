/** Reads members of JSON payloads. A text or number that is absent or of another type reads as `undefined`. */
import type { Json } from '../../domain/model/object.js';

export interface Payload {
  readonly [key: string]: Json;
}

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function textOf(payload: Payload, key: string): string | undefined {
  const value = payload[key];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(payload: Payload, key: string): number | undefined {
  const value = payload[key];
  return typeof value === 'number' ? value : undefined;
}

/** Reads a quantity; `undefined` if it is not a number, or too large to be exact. */
export function quantityOf(payload: Payload, key: string): number | undefined {
  const value = numberOf(payload, key);
  return value !== undefined && isExact(value) ? value : undefined;
}

/** No meter reading is this large. Sums of a few smaller ones are exact. */
const MAX_QUANTITY = 1e15;

export function isExact(quantity: number): boolean {
  return Math.abs(quantity) < MAX_QUANTITY;
}

/** Returns the object under a key, or an empty one if there is none. */
export function objectOf(payload: Payload, key: string): Payload {
  const value = payload[key];
  return isPayload(value) ? value : EMPTY_PAYLOAD;
}

/** Returns the objects in the list, without other entries; empty if there is no list. */
export function objectsOf(payload: Payload, key: string): readonly Payload[] {
  const value = payload[key];
  return isList(value) ? value.filter(isPayload) : [];
}

export const EMPTY_PAYLOAD: Payload = {};
