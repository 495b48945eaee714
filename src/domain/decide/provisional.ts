/** An end that is believed but not told. */
import type { Accepted } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, tell, unchanged, withoutCommands } from './results.js';
import type { Order, Session } from '../model/order.js';

/** The connector is free again, the bill waits for the lost message. */
export function becomeProvisional(order: Order, why: string, around: Surroundings, waitMs: number): Accepted {
  if (!order.session || order.state === 'provisional') return unchanged(order);
  const session: Session = {
    ...order.session,
    provisionalSince: around.now,
    finalAt: around.now + waitMs,
    unsureReason: why,
  };
  return changed({ ...withoutCommands(order), state: 'provisional', session }, [tell('state')]);
}
