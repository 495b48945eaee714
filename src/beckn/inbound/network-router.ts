/**
 * One address, several networks: which network's door a request is for. Told by the base path, else by what the
 * context claims; a claim decides only who checks it, because that door checks signature, `bpp_id` and domain again.
 */
import { parseJson } from '../../schema/json-guard.js';
import { namesOf } from '../protocol/context-names.js';
import type { Arrival, Door } from './request-pipeline.js';
import { at, isObject } from '../protocol/json-reading.js';
import type { Subscription } from './on-subscribe.js';

export interface NetworkDoor {
  readonly door: Door;
  readonly basePath: string;
  readonly bppId: string;
  readonly domains: readonly string[];
  readonly subscription: Subscription;
}

type Doors = readonly [NetworkDoor, ...NetworkDoor[]];

export function createDoors(
  doors: Doors,
  limits: { readonly maxBytes: number; readonly maxDepth: number; readonly maxKeys: number },
): Door {
  const [first] = doors;
  return {
    async receive(arrival) {
      const here = doors.filter(({ basePath }) => basePath === (arrival.basePath ?? first.basePath));
      const chosen = here.length > 1 ? claimed(here, arrival, limits) : (here[0] ?? first);
      if (arrival.action === 'on_subscribe') return chosen.subscription.receive(arrival);
      return chosen.door.receive(arrival);
    },
    reject: (code, about) => first.door.reject(code, about),
    description:
      doors.length === 1
        ? first.door.description
        : {
            ...first.door.description,
            networks: doors.map(({ door, basePath }) => ({ basePath, ...door.description })),
          },
  };
}

function claimed(here: readonly NetworkDoor[], { rawBody, action }: Arrival, limits: Limits): NetworkDoor {
  const parsed = rawBody.length <= limits.maxBytes ? parseJson(rawBody.toString('utf8'), limits) : undefined;
  const body = parsed?.ok ? parsed.value : undefined;
  const context = at(body, 'context');
  const names = namesOf(isObject(context) ? context : {});
  const subject = action === 'on_subscribe' ? at(body, 'subscriber_id') : at(context, names.bppId);
  const domain = at(context, names.network);
  const named = here.filter(({ bppId }) => bppId === subject);
  const among = named.length > 0 ? named : here;
  const found = among.find(({ domains }) => typeof domain === 'string' && domains.includes(domain)) ?? among[0];
  return found as NetworkDoor;
}

type Limits = Parameters<typeof createDoors>[1];
