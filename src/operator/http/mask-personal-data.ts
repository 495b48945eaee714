/** Masks personal data, such as names, phone numbers and addresses, in data from buyer apps. */
import type { Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';

/** Keys whose whole content counts as personal data. */
const PERSONAL_KEYS = new Set([
  'billing',
  'customer',
  'person',
  'contact',
  'agent',
  'buyer',
  'beckn:buyer',
  'settlementAccounts',
]);
/** Matches the names of tags whose `value` is personal data. */
const PERSONAL_TAG_NAME = /name|phone|mobile|mail|address|coordinate|gps/i;
const CONTACT_PATTERN = /^[+\d][\d\s()-]{6,}$|^[^\s@]+@[^\s@]+$/;

/** Keeps the first character and adds three asterisks: enough to recognise a caller, not enough to call. */
function maskText(text: string): string {
  return text === '' ? '' : `${[...text][0] ?? ''}***`;
}

function maskPersonal(value: Json, personal = false): Json {
  if (typeof value === 'string') return personal || CONTACT_PATTERN.test(value) ? maskText(value) : value;
  if (typeof value !== 'object' || value === null) return personal && typeof value === 'number' ? '***' : value;
  if (Array.isArray(value)) return value.map((item: Json) => maskPersonal(item, personal));
  const isTag = isPersonalTag(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, Json]) => [
      key,
      maskPersonal(item, personal || PERSONAL_KEYS.has(key) || (isTag && key === 'value')),
    ]),
  );
}

/** Prepares an order for an operator: masks personal data from the buyer app, and parses the bodies of callbacks. */
export function maskOrder(order: Order): object {
  return {
    ...order,
    ...(order.billing === undefined ? {} : { billing: maskPersonal(order.billing, true) }),
    ...(order.passthrough === undefined ? {} : { passthrough: maskPersonal(order.passthrough) }),
    effects: order.effects.map((effect) =>
      effect.kind === 'callback' ? { ...effect, body: maskBody(effect.body) } : effect,
    ),
  };
}

function maskBody(body: string): Json {
  try {
    const parsed: Json = JSON.parse(body);
    return maskPersonal(parsed);
  } catch {
    return '[not JSON]';
  }
}

function isPersonalTag(value: object): boolean {
  const descriptor: unknown = 'descriptor' in value ? value.descriptor : undefined;
  if (typeof descriptor !== 'object' || descriptor === null) return false;
  return ['code', 'name'].some((key) => {
    const text: unknown = Reflect.get(descriptor, key);
    return typeof text === 'string' && PERSONAL_TAG_NAME.test(text);
  });
}
