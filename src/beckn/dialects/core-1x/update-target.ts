/** Reads `update_target`, a comma-separated list of bare names (`item,billing`) or paths (`order.billing.phone`). */
import type { Refusal } from '../../../domain/model/refusal.js';
import { readText } from '../../protocol/json-reading.js';

export type UpdateTarget = 'items' | 'billing' | 'fulfillments' | 'tags' | 'provider';

const PATH = /^(?:message\.)?(?:order\.)?([a-z_]+)(?:\[\d{1,3}\])?(?:\.[a-z_]+(?:\[\d{1,3}\])?)*$/;
const ROOTS: Readonly<Record<string, UpdateTarget>> = {
  item: 'items',
  items: 'items',
  billing: 'billing',
  billings: 'billing',
  fulfillment: 'fulfillments',
  fulfillments: 'fulfillments',
  tag: 'tags',
  tags: 'tags',
  provider: 'provider',
};

/** Returns the parts of the order that an update targets. @errors `update-target-unknown`, with the part as detail. */
export function readUpdateTarget(value: unknown): ReadonlySet<UpdateTarget> | { readonly refusal: Refusal } {
  const targets = new Set<UpdateTarget>();
  for (const part of (readText(value) ?? '').split(',')) {
    const path = part.trim();
    const root = PATH.exec(path)?.[1] ?? '';
    const target = Object.hasOwn(ROOTS, root) ? ROOTS[root] : undefined;
    if (target === undefined) {
      const detail = path === '' ? 'it is empty' : `"${path.slice(0, 80)}"`;
      return { refusal: { code: 'update-target-unknown', path: 'message.update_target', detail } };
    }
    targets.add(target);
  }
  return targets;
}
