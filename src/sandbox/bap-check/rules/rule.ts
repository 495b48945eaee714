/** Defines rules and their verdicts, and helps rules read the record of a run. */
import { readAcknowledgement, type Acknowledgement } from '../../buyer-app/envelope.js';
import type { Dialect } from '../../dialects/dialect.js';
import { parseJson } from '../../runtime/json.js';
import type { ProfileName } from '../provider/provider-profiles.js';
import {
  callbacksIn,
  requestsIn,
  type CallbackLabel,
  type ReceivedRequest,
  type RunRecord,
  type SentCallback,
} from '../provider/run-record.js';

export interface Fault {
  /** The action of the request or callback at fault; '' if `text` itself says what is at fault. */
  readonly subject: string;
  /** What is wrong, without a full stop. */
  readonly text: string;
}

export type Verdict = 'pass' | 'fail' | 'not-seen' | 'not-tried';

export interface RuleResult {
  /** The number of requests, callbacks or transactions that were checked. */
  readonly checked: number;
  readonly faults: readonly Fault[];
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
  /** False if a conforming app may never get into the situation that the rule judges. */
  readonly required: boolean;
  /** The profiles in which the rule applies; all of them by default. */
  readonly profiles?: readonly ProfileName[];
  /**
   * The id of the rule that this one depends on. If every check of that rule failed, or if neither rule was seen, this
   * one counts as not tried, unless it passes.
   */
  readonly needs?: string;
  check(record: RunRecord): RuleResult;
}

type Text = string | ((dialect: Dialect) => string);

/** A rule whose texts may depend on the dialect. */
export interface RuleTemplate extends Omit<Rule, 'id' | 'title' | 'source' | 'advice'> {
  readonly id: Text;
  readonly title: Text;
  readonly source: Text;
  readonly advice: Text;
  /** Checks whether the dialect has the rule. If absent, every dialect has it. */
  exists?(dialect: Dialect): boolean;
}

export function inDialect(templates: readonly RuleTemplate[], dialect: Dialect): Rule[] {
  const write = (text: Text): string => (typeof text === 'string' ? text : text(dialect));
  return templates.flatMap(({ id, title, source, advice, exists, ...rest }) => {
    if (exists?.(dialect) === false) return [];
    return [{ ...rest, id: write(id), title: write(title), source: write(source), advice: write(advice) }];
  });
}

/** Checks each subject. @param findFault Returns the fault of one subject, or `undefined` if it has none. */
export function checkEach<T>(
  subjects: readonly T[],
  findFault: (subject: T) => string | undefined,
  nameOf: (subject: T) => string = () => '',
): RuleResult {
  const faults = subjects.flatMap((subject) => {
    const text = findFault(subject);
    return text === undefined ? [] : [{ subject: nameOf(subject), text }];
  });
  return { checked: subjects.length, faults };
}

/** Checks the requests that `applies` selects. */
export const checkEachRequest = (
  record: RunRecord,
  findFault: (request: ReceivedRequest) => string | undefined,
  applies: (request: ReceivedRequest) => boolean = () => true,
): RuleResult => checkEach(requestsIn(record).filter(applies), findFault, ({ action }) => action);

/** Checks callbacks by the answers that they got. */
export const checkEachCallback = (
  callbacks: readonly SentCallback[],
  findFault: (callback: SentCallback) => string | undefined,
): RuleResult => checkEach(callbacks, findFault, ({ action }) => action);

export const callbacksLabelled = (record: RunRecord, ...labels: readonly CallbackLabel[]): SentCallback[] =>
  callbacksIn(record).filter(({ label }) => labels.includes(label));

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** Reads the acknowledgement in the answer to a callback. @returns `undefined` if there is none. */
export const readAck = (text: string, { envelope }: Dialect): Acknowledgement | undefined =>
  readAcknowledgement(parseJson(text), envelope.ackForm);

export const isAcknowledged = ({ status, text }: SentCallback, dialect: Dialect): boolean =>
  is2xx(status) && readAck(text, dialect)?.status === 'ACK';

/** Checks whether a provider takes the answer as an acknowledgement: any 2xx without a NACK. */
export const isTaken = ({ status, text }: SentCallback, dialect: Dialect): boolean =>
  is2xx(status) && readAck(text, dialect)?.status !== 'NACK';

const MAX_QUOTED_BODY = 120;

/** Describes an answer by its status and the beginning of its body. */
export function describeAnswer({ status, text }: SentCallback): string {
  if (status === 0) return `missing (${text})`;
  const body = text.replaceAll(/\s+/g, ' ').trim();
  if (body === '') return `${status} with an empty body`;
  return `${status} ${body.length > MAX_QUOTED_BODY ? `${body.slice(0, MAX_QUOTED_BODY - 1)}…` : body}`;
}
