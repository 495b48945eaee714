/** The limits and other options of a request pipeline, and their defaults. */

export interface RequestPipelineOptions {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** `strict`: a request past its ttl, or without a readable one, is refused, unless its type is in `NEVER_STALE`. */
  readonly staleness: 'warn' | 'strict';
  readonly ackStatus: 200 | 202;
  /** 0 means no limit. */
  readonly perBapPerMinute: number;
  /** Maximum number of failed or repeated requests per address; 0 means no limit. */
  readonly failuresPerAddressPerMinute: number;
  /** The domains of this network; an empty list accepts every domain that a dialect matches. */
  readonly domains: readonly string[];
  /** Whether the callback to a search goes to the gateway that relayed it. */
  readonly replyViaGateway: boolean;
}

export const REQUEST_PIPELINE_DEFAULTS: RequestPipelineOptions = {
  maxBytes: 256 * 1024,
  maxDepth: 32,
  maxKeys: 5000,
  staleness: 'warn',
  ackStatus: 200,
  perBapPerMinute: 0,
  failuresPerAddressPerMinute: 0,
  domains: [],
  replyViaGateway: false,
};
