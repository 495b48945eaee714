/**
 * Selects the network of a request if one server serves several: by the base path and, if several networks share it, by
 * the subscriber id and domain that the body claims. The claim only selects the pipeline, which then checks signature,
 * `bpp_id` and domain itself.
 */
import { parseJson } from '../../schema/json-guard.js';
import type { Json } from '../../domain/model/object.js';
import { fieldNamesOf } from '../protocol/context-names.js';
import { valueAt, isObject } from '../protocol/json-reading.js';
import type { NackCode, NackDetails, WireResponse } from '../protocol/nack-codes.js';
import type { InboundRequest, RequestProcessor } from './inbound-request.js';
import type { RequestPipeline } from './request-pipeline.js';

export interface NetworkRouter {
  /** Returns the pipeline of the request's network, or for `on_subscribe` the network's subscription. */
  route(request: InboundRequest): RequestProcessor;
  /** Builds a NACK for a request that reaches no pipeline, and counts it like the pipelines' NACKs. */
  reject(code: NackCode, details?: NackDetails): WireResponse;
  /** Shown to a person who opens the address in a browser. */
  readonly description: { readonly [key: string]: Json };
}

export interface NetworkRoute {
  readonly pipeline: Pick<RequestPipeline, 'process' | 'reject' | 'description'>;
  readonly subscription: RequestProcessor;
  readonly basePath: string;
  readonly bppId: string;
  readonly domains: readonly string[];
}

export type NetworkRoutes = readonly [NetworkRoute, ...NetworkRoute[]];

interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
}

export function createNetworkRouter(routes: NetworkRoutes, limits: JsonLimits): NetworkRouter {
  const [first] = routes;
  const { description } = first.pipeline;
  return {
    route(request) {
      const candidates = routes.filter(({ basePath }) => basePath === (request.basePath ?? first.basePath));
      const route = candidates.length > 1 ? selectByContext(candidates, request, limits) : (candidates[0] ?? first);
      return request.action === 'on_subscribe' ? route.subscription : route.pipeline;
    },
    reject: (code, details) => first.pipeline.reject(code, details),
    description:
      routes.length === 1
        ? description
        : {
            ...description,
            networks: routes.map(({ pipeline, basePath }) => ({ basePath, ...pipeline.description })),
          },
  };
}

function selectByContext(
  candidates: readonly NetworkRoute[],
  { rawBody, action }: InboundRequest,
  limits: JsonLimits,
): NetworkRoute {
  const parsed = rawBody.length <= limits.maxBytes ? parseJson(rawBody.toString('utf8'), limits) : undefined;
  const body = parsed?.ok ? parsed.value : undefined;
  const context = valueAt(body, 'context');
  const names = fieldNamesOf(isObject(context) ? context : {});
  const subscriberId = action === 'on_subscribe' ? valueAt(body, 'subscriber_id') : valueAt(context, names.bppId);
  const domain = valueAt(context, names.network);
  const withId = candidates.filter(({ bppId }) => bppId === subscriberId);
  const remaining = withId.length > 0 ? withId : candidates;
  const withDomain = remaining.find(({ domains }) => typeof domain === 'string' && domains.includes(domain));
  return (withDomain ?? remaining[0]) as NetworkRoute;
}
