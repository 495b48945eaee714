/** Builds attribute objects of Beckn 2.0.0 LTS. Their context URLs are identifiers; nothing here fetches them. */
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { typedNode } from '../core-2x/json-ld.js';

const CONTEXTS = {
  Provider: 'https://schema.beckn.io/Provider/v2.1/context.jsonld',
  Consumer: 'https://schema.beckn.io/Consumer/v2.0/context.jsonld',
  PriceSpecification: 'https://schema.beckn.io/PriceSpecification/v2.1/context.jsonld',
  SupportInfo: 'https://schema.beckn.io/SupportInfo/v2.1/context.jsonld',
  ChargingSession: 'https://schema.beckn.io/EvChargingSession/1.0',
  ChargingService: 'https://schema.beckn.io/EvChargingService/1.0',
  ChargingOffer: 'https://schema.beckn.io/EvChargingOffer/1.0',
} as const;

/** Fields that are `undefined` are left out. @source Beckn 2.0.0 LTS, `Attributes`. */
export function renderAttributes(
  type: keyof typeof CONTEXTS,
  fields: { readonly [key: string]: Json | undefined },
): JsonObject {
  return { '@context': CONTEXTS[type], ...typedNode(type, fields) };
}
