/** What a rule is, and how its verdict comes about. */
import { isJson, textOf } from '../../buyer-app/buyer-options.js';
import type { ProfileName } from '../provider/provider-profiles.js';
import {
  callbacksOf,
  requestsOf,
  type CallbackSent,
  type Label,
  type RequestSeen,
  type RunRecord,
} from '../provider/run-record.js';

export interface Judgement {
  /** How many things the rule was held against. */
  readonly seen: number;
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
  judge(record: RunRecord): Judgement;
}

export type Verdict = 'pass' | 'fail' | 'not-seen';

export interface Finding {
  readonly rule: Rule;
  readonly profile: ProfileName;
  readonly verdict: Verdict;
  readonly seen: number;
  readonly faults: readonly string[];
}

export function judgeRun(rules: readonly Rule[], record: RunRecord): Finding[] {
  const profile = record.profile.name;
  return rules
    .filter((rule) => rule.profiles?.includes(profile) ?? true)
    .map((rule) => {
      const { seen, faults } = rule.judge(record);
      const verdict = faults.length > 0 ? 'fail' : seen === 0 ? 'not-seen' : 'pass';
      return { rule, profile, verdict, seen, faults: [...new Set(faults)] };
    });
}

/** Holds one sentence of blame, or none, against each. */
export function each<T>(things: readonly T[], fault: (thing: T) => string | undefined): Judgement {
  return { seen: things.length, faults: things.flatMap((thing) => fault(thing) ?? []) };
}

/** Every request, its action before the blame. */
export const eachRequest = (
  record: RunRecord,
  fault: (request: RequestSeen) => string | undefined,
  of: (request: RequestSeen) => boolean = () => true,
): Judgement =>
  each(requestsOf(record).filter(of), (request) => {
    const blame = fault(request);
    return blame === undefined ? undefined : `${request.action}: ${blame}`;
  });

export const labelled = (record: RunRecord, ...labels: readonly Label[]): CallbackSent[] =>
  callbacksOf(record).filter((one) => labels.includes(one.label));

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** What an answer to a callback says; undefined where it has another shape. */
export function saidIn(text: string): { readonly said: 'ACK' | 'NACK'; readonly error: unknown } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (!isJson(body) || !isJson(body.message) || !isJson(body.message.ack)) return undefined;
    const said = textOf(body.message.ack.status);
    return said === 'ACK' || said === 'NACK' ? { said, error: body.error ?? body.message.error } : undefined;
  } catch {
    return undefined;
  }
}

export const isAcked = ({ status, text }: CallbackSent): boolean => is2xx(status) && saidIn(text)?.said === 'ACK';

/** The answer in a few words. */
export function shown({ status, text }: CallbackSent): string {
  if (status === 0) return `no answer (${text})`;
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return `${status} ${flat === '' ? 'with an empty body' : flat.length > 120 ? `${flat.slice(0, 119)}…` : flat}`;
}
