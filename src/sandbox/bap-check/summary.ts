/** Gathers the findings of all profiles, including those that were not run. */
import type { ProviderProfile } from './provider/provider-profiles.js';
import type { RunRecord } from './provider/run-record.js';
import { findCause, type Cause } from './rules/causes.js';
import { judgeRun, notTried, type Finding } from './rules/judge.js';
import type { Rule, Verdict } from './rules/rule.js';

export interface Summary {
  readonly profiles: readonly ProviderProfile[];
  readonly records: readonly RunRecord[];
  readonly findings: readonly Finding[];
  /** The causes, each listed once however many profiles it affects. */
  readonly causes: readonly Cause[];
}

/** Checks whether the last run met a cause that would end every other run in the same way. */
export function isFutile(records: readonly RunRecord[]): boolean {
  const last = records.at(-1);
  return last !== undefined && findCause(last)?.isGeneral === true;
}

/** Judges all runs. @param profiles All selected profiles. Those without a record count as not tried. */
export function summarise(
  rules: readonly Rule[],
  profiles: readonly ProviderProfile[],
  records: readonly RunRecord[],
): Summary {
  const judgements = records.map((record) => judgeRun(rules, record));
  const causes = new Map(judgements.flatMap((judgement) => judgement.causes).map((cause) => [cause.id, cause]));
  const last = records.at(-1);
  const reason = last && findCause(last);
  if (reason?.isGeneral) causes.set(reason.id, reason);
  const missing = profiles
    .slice(records.length)
    .flatMap(({ name }) => notTried(rules, name, reason?.id ?? 'interrupted'));
  const findings = [...judgements.flatMap((judgement) => judgement.findings), ...missing];
  return { profiles, records, findings, causes: [...causes.values()] };
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly notSeen: number;
  readonly notTried: number;
  /** How many findings with the verdict `not-seen` concern a required rule. */
  readonly missing: number;
  /**
   * True if something passed, nothing failed, no rule was left untried, everything required was seen, and no cause was
   * found.
   */
  readonly conforms: boolean;
}

export function totalsOf({ findings, causes }: Summary): Totals {
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  const [passed, failed, notSeen, untried] = [count('pass'), count('fail'), count('not-seen'), count('not-tried')];
  const missing = findings.filter(({ verdict, rule }) => verdict === 'not-seen' && rule.required).length;
  const conforms = passed > 0 && failed === 0 && missing === 0 && untried === 0 && causes.length === 0;
  return { passed, failed, notSeen, notTried: untried, missing, conforms };
}
