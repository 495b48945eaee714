/**
 * One address, several networks: which network's door a request is for. Told by the base path, else by what the
 * context claims; a claim decides only who checks it, because that door checks signature, `bpp_id` and domain again.
 */
import { parseJson } from '../../schema/json-guard.js';
import { fieldNamesOf } from '../protocol/context-names.js';
import type { InboundRequest, RequestPipeline } from './request-pipeline.js';
import { valueAt, isObject } from '../protocol/json-reading.js';
import type { Subscription } from './on-subscribe.js';

export interface NetworkRoute {
  readonly pipeline: RequestPipeline;
  readonly basePath: string;
  readonly bppId: string;
  readonly domains: readonly string[];
  readonly subscription: Subscription;
}

type NetworkRoutes = readonly [NetworkRoute, ...NetworkRoute[]];

export function createNetworkRouter(
  doors: NetworkRoutes,
  limits: { readonly maxBytes: number; readonly maxDepth: number; readonly maxKeys: number },
): RequestPipeline {
  const [first] = doors;
  return {
    async process(arrival) {
      const here = doors.filter(({ basePath }) => basePath === (arrival.basePath ?? first.basePath));
      const chosen = here.length > 1 ? routeByContext(here, arrival, limits) : (here[0] ?? first);
      if (arrival.action === 'on_subscribe') return chosen.subscription.answerChallenge(arrival);
      return chosen.pipeline.process(arrival);
    },
    reject: (code, about) => first.pipeline.reject(code, about),
    description:
      doors.length === 1
        ? first.pipeline.description
        : {
            ...first.pipeline.description,
            networks: doors.map(({ pipeline: door, basePath }) => ({ basePath, ...door.description })),
          },
  };
}

function routeByContext(
  here: readonly NetworkRoute[],
  { rawBody, action }: InboundRequest,
  limits: JsonLimits,
): NetworkRoute {
  const parsed = rawBody.length <= limits.maxBytes ? parseJson(rawBody.toString('utf8'), limits) : undefined;
  const body = parsed?.ok ? parsed.value : undefined;
  const context = valueAt(body, 'context');
  const names = fieldNamesOf(isObject(context) ? context : {});
  const subject = action === 'on_subscribe' ? valueAt(body, 'subscriber_id') : valueAt(context, names.bppId);
  const domain = valueAt(context, names.network);
  const named = here.filter(({ bppId }) => bppId === subject);
  const among = named.length > 0 ? named : here;
  const found = among.find(({ domains }) => typeof domain === 'string' && domains.includes(domain)) ?? among[0];
  return found as NetworkRoute;
}

type JsonLimits = Parameters<typeof createNetworkRouter>[1];
