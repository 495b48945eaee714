/** What a rule is, and how its verdict comes about. */
import { textOf, isJson } from '../../runtime/json.js';
import type { ProfileName } from '../provider/provider-profiles.js';
import {
  callbacksIn,
  requestsIn,
  type SentCallback,
  type CallbackLabel,
  type ReceivedRequest,
  type RunRecord,
} from '../provider/run-record.js';

export interface RuleResult {
  /** How many things the rule was held against. */
  readonly checked: number;
  /** A sentence each, without a full stop. */
  readonly faults: readonly string[];
}

export interface Rule {
  /** `group.name`; stable, for machines. */
  readonly id: string;
  /** What holds in a good buyer app. */
  readonly title: string;
  /** The clause, or whose habit it is. */
  readonly source: string;
  /** What to do where it does not hold. */
  readonly advice: string;
  /** False where a good buyer app may never come to it. */
  readonly required: boolean;
  /** Absent: in every profile. */
  readonly profiles?: readonly ProfileName[];
  check(record: RunRecord): RuleResult;
}

export type Verdict = 'pass' | 'fail' | 'not-seen';

export interface Finding {
  readonly rule: Rule;
  readonly profile: ProfileName;
  readonly verdict: Verdict;
  readonly checked: number;
  readonly faults: readonly string[];
}

export function checkRun(rules: readonly Rule[], record: RunRecord): Finding[] {
  const profile = record.profile.name;
  return rules
    .filter((rule) => rule.profiles?.includes(profile) ?? true)
    .map((rule) => {
      const { checked: seen, faults } = rule.check(record);
      const verdict = faults.length > 0 ? 'fail' : seen === 0 ? 'not-seen' : 'pass';
      return { rule, profile, verdict, checked: seen, faults: [...new Set(faults)] };
    });
}

/** Holds one sentence of blame, or none, against each. */
export function checkEach<T>(things: readonly T[], fault: (thing: T) => string | undefined): RuleResult {
  return { checked: things.length, faults: things.flatMap((thing) => fault(thing) ?? []) };
}

/** Every request, its action before the blame. */
export const checkEachRequest = (
  record: RunRecord,
  fault: (request: ReceivedRequest) => string | undefined,
  of: (request: ReceivedRequest) => boolean = () => true,
): RuleResult =>
  checkEach(requestsIn(record).filter(of), (request) => {
    const blame = fault(request);
    return blame === undefined ? undefined : `${request.action}: ${blame}`;
  });

export const callbacksLabelled = (record: RunRecord, ...labels: readonly CallbackLabel[]): SentCallback[] =>
  callbacksIn(record).filter((one) => labels.includes(one.label));

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** What an answer to a callback says; undefined where it has another shape. */
export function readAck(text: string): { readonly status: 'ACK' | 'NACK'; readonly error: unknown } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (!isJson(body) || !isJson(body.message) || !isJson(body.message.ack)) return undefined;
    const said = textOf(body.message.ack.status);
    return said === 'ACK' || said === 'NACK' ? { status: said, error: body.error ?? body.message.error } : undefined;
  } catch {
    return undefined;
  }
}

export const isAcknowledged = ({ status, text }: SentCallback): boolean =>
  is2xx(status) && readAck(text)?.status === 'ACK';

/** The answer in a few words. */
export function describeAnswer({ status, text }: SentCallback): string {
  if (status === 0) return `no answer (${text})`;
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return `${status} ${flat === '' ? 'with an empty body' : flat.length > 120 ? `${flat.slice(0, 119)}…` : flat}`;
}
