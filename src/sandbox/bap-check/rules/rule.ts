/** Defines rules and their verdicts, and helps rules to read the record of a run. */
import { isJson, parseJson, textOf, valueAt } from '../../runtime/json.js';
import type { ProfileName } from '../provider/provider-profiles.js';
import {
  callbacksIn,
  requestsIn,
  type CallbackLabel,
  type ReceivedRequest,
  type RunRecord,
  type SentCallback,
} from '../provider/run-record.js';

export interface RuleResult {
  /** The number of requests, callbacks or transactions that were checked. */
  readonly checked: number;
  /** One sentence for each fault, without a full stop. */
  readonly faults: readonly string[];
}

export interface Rule {
  /** `group.name`, for machines. */
  readonly id: string;
  /** A sentence that is true of a conforming app, without a full stop. */
  readonly title: string;
  /** The clause of the specification, or the implementation that behaves this way. */
  readonly source: string;
  /** What to change in an app that fails. */
  readonly advice: string;
  /** False if a conforming app need never get into the situation. */
  readonly required: boolean;
  /** The profiles in which the rule applies; all of them by default. */
  readonly profiles?: readonly ProfileName[];
  check(record: RunRecord): RuleResult;
}

export type Verdict = 'pass' | 'fail' | 'not-seen';

export interface Finding {
  readonly rule: Rule;
  readonly profile: ProfileName;
  readonly verdict: Verdict;
  /** As in `RuleResult`. */
  readonly checked: number;
  /** Without duplicates. */
  readonly faults: readonly string[];
}

export function checkRun(rules: readonly Rule[], record: RunRecord): Finding[] {
  const profile = record.profile.name;
  return rules
    .filter((rule) => rule.profiles?.includes(profile) ?? true)
    .map((rule) => {
      const { checked, faults } = rule.check(record);
      const verdict = faults.length > 0 ? 'fail' : checked === 0 ? 'not-seen' : 'pass';
      return { rule, profile, verdict, checked, faults: [...new Set(faults)] };
    });
}

/** @param findFault Returns the fault of one subject, or `undefined` if it has none. */
export function checkEach<T>(subjects: readonly T[], findFault: (subject: T) => string | undefined): RuleResult {
  return { checked: subjects.length, faults: subjects.flatMap((subject) => findFault(subject) ?? []) };
}

/** Checks the requests that `applies` selects, and puts the action before each fault. */
export const checkEachRequest = (
  record: RunRecord,
  findFault: (request: ReceivedRequest) => string | undefined,
  applies: (request: ReceivedRequest) => boolean = () => true,
): RuleResult =>
  checkEach(requestsIn(record).filter(applies), (request) => {
    const fault = findFault(request);
    return fault === undefined ? undefined : `${request.action}: ${fault}`;
  });

export const callbacksLabelled = (record: RunRecord, ...labels: readonly CallbackLabel[]): SentCallback[] =>
  callbacksIn(record).filter(({ label }) => labels.includes(label));

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** Formats a value for quotation in a fault. */
export const quoteValue = (value: unknown): string => JSON.stringify(value) ?? 'absent';

/** Reads the acknowledgement in the answer to a callback. @returns `undefined` if there is none. */
export function readAck(text: string): { readonly status: 'ACK' | 'NACK'; readonly error: unknown } | undefined {
  const body = parseJson(text);
  const status = textOf(valueAt(body, 'message', 'ack', 'status'));
  if (!isJson(body) || (status !== 'ACK' && status !== 'NACK')) return undefined;
  return { status, error: body.error ?? valueAt(body, 'message', 'error') };
}

export const isAcknowledged = ({ status, text }: SentCallback): boolean =>
  is2xx(status) && readAck(text)?.status === 'ACK';

const MAX_QUOTED_BODY = 120;

/** Describes an answer by its status and the beginning of its body. */
export function describeAnswer({ status, text }: SentCallback): string {
  if (status === 0) return `missing (${text})`;
  const body = text.replaceAll(/\s+/g, ' ').trim();
  if (body === '') return `${status} with an empty body`;
  return `${status} ${body.length > MAX_QUOTED_BODY ? `${body.slice(0, MAX_QUOTED_BODY - 1)}…` : body}`;
}
