/** Defines the plan from which a response is rendered. It is JSON-safe, because it is stored with the request. */
import type { Json } from '../../domain/model/object.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { MetaSubject } from '../../ports/buyer-requests.js';
import type { OwedResponse } from '../../ports/stored-records.js';
import type { SearchPlan } from '../search/search.js';

export type ResponsePlan =
  | SearchPlan
  | { readonly type: 'status'; readonly orderId: string }
  | { readonly type: 'track'; readonly orderId: string }
  | { readonly type: 'support'; readonly refId?: string }
  | { readonly type: 'rating'; readonly passthrough?: Json }
  | { readonly type: 'meta'; readonly subject: MetaSubject }
  | { readonly type: 'error'; readonly refusal: Refusal; readonly orderId?: string; readonly passthrough?: Json };

/** A plan with the part of the request's context that the dialect needs for the reply. */
export interface StoredPlan {
  readonly replyContext: Json;
  readonly plan: ResponsePlan;
}

export function serializePlan(plan: StoredPlan): Json {
  return plan as unknown as Json;
}

/** Reads what `serializePlan` wrote. */
export function parsePlan(value: Json): StoredPlan {
  return value as unknown as StoredPlan;
}

/** Makes the next page of a response pending, with the same deadline. @unit `now` epoch ms. */
export function withNextPage(owed: OwedResponse, nextPage: ResponsePlan, now: number): OwedResponse {
  const { lastError: _lastError, ...rest } = owed;
  const plan: StoredPlan = { ...parsePlan(owed.responsePlan), plan: nextPage };
  return { ...rest, attempts: 0, dueAt: now, responsePlan: serializePlan(plan) };
}
