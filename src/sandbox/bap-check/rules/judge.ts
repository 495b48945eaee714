/** Judges runs: the verdict of each rule in each profile, and the causes that kept rules from being tried. */
import type { ProfileName } from '../provider/provider-profiles.js';
import type { RunRecord } from '../provider/run-record.js';
import { findCause, findUnverifiedCause, type Cause } from './causes.js';
import type { Fault, Rule, Verdict } from './rule.js';

export interface Finding {
  readonly rule: Rule;
  readonly profile: ProfileName;
  readonly verdict: Verdict;
  /** As in `RuleResult`. */
  readonly checked: number;
  readonly faults: readonly Fault[];
  /** Why the rule was not tried: the id of a cause, or of another rule that failed or was not seen. */
  readonly because?: string;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  /** The causes that kept rules from being tried, apart from failed rules. */
  readonly causes: readonly Cause[];
}

const appliesTo = ({ profiles }: Rule, profile: ProfileName): boolean => profiles?.includes(profile) ?? true;

export function judgeRun(rules: readonly Rule[], record: RunRecord): Judgement {
  const profile = record.profile.name;
  const results = rules.filter((rule) => appliesTo(rule, profile)).map((rule) => judgeRule(rule, record));
  const stopper = results.find(({ rule, verdict }) => rule.id.startsWith('continues.') && verdict === 'fail');
  const found = [findCause(record), findUnverifiedCause(record)].filter((cause) => cause !== undefined);
  const findings = results.map((finding): Finding => {
    const cause = found.find((candidate) => candidate.explains(finding.rule, finding.verdict));
    // If the app stopped at a planted failure, the rule about that failure is the cause.
    const because =
      cause?.id === 'stopped' && stopper ? stopper.rule.id : (cause?.id ?? findUnmetNeed(finding, results));
    return because === undefined || finding === stopper
      ? finding
      : { ...finding, verdict: 'not-tried', faults: [], because };
  });
  const causes = found.filter(({ id }) => findings.some(({ because }) => because === id));
  return { findings, causes };
}

function judgeRule(rule: Rule, record: RunRecord): Finding {
  const { checked, faults } = rule.check(record);
  const verdict = faults.length > 0 ? 'fail' : checked === 0 ? 'not-seen' : 'pass';
  return { rule, profile: record.profile.name, verdict, checked, faults };
}

/**
 * Returns the id of the rule that this rule needs, if every check of the needed rule failed and this rule has not
 * passed. A needed rule that was not seen excuses only a rule that was not seen either.
 */
function findUnmetNeed({ rule, verdict }: Finding, results: readonly Finding[]): string | undefined {
  const needed = results.find((candidate) => candidate.rule.id === rule.needs);
  if (!needed || verdict === 'pass') return undefined;
  const isUnmet = needed.verdict === 'not-seen' ? verdict === 'not-seen' : needed.faults.length === needed.checked;
  return isUnmet && needed.verdict !== 'pass' ? needed.rule.id : undefined;
}

/** Returns the findings for a profile that was not run. */
export const notTried = (rules: readonly Rule[], profile: ProfileName, because: string): Finding[] =>
  rules
    .filter((rule) => appliesTo(rule, profile))
    .map((rule): Finding => ({ rule, profile, verdict: 'not-tried', checked: 0, faults: [], because }));
