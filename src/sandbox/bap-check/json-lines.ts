/** Formats the findings as JSON lines for machines. */
import type { DialectName } from '../dialects/all.js';
import { totalsOf, type Summary } from './summary.js';

/** Formats one JSON line for each cause, then for each rule and profile, then for each run, then for the summary. */
export function jsonLines(dialect: DialectName, summary: Summary): string[] {
  const { findings, records } = summary;
  const causes = summary.causes.map(({ id, text, cure }) => {
    const ofCause = findings.filter(({ because }) => because === id);
    const profiles = [...new Set(ofCause.map(({ profile }) => profile))];
    return { type: 'cause', cause: id, text, cure, profiles, notTried: ofCause.length };
  });
  const rules = findings.map(({ rule, profile, verdict, checked, faults, because }) => {
    const { id, title, source, advice, required } = rule;
    const texts = new Set(faults.map(({ subject, text }) => (subject === '' ? text : `${subject}: ${text}`)));
    const judged = { type: 'rule', profile, rule: id, verdict, because: because ?? null, required, checked };
    return { ...judged, faults: [...texts], title, source, advice };
  });
  const runs = records.map(({ profile, entries, abort }) => ({
    type: 'run',
    profile: profile.name,
    requests: entries.filter(({ kind }) => kind === 'request').length,
    callbacks: entries.filter(({ kind }) => kind === 'callback').length,
    abortReason: abort?.reason ?? null,
  }));
  const total = { type: 'summary', dialect, ...totalsOf(summary) };
  return [...causes, ...rules, ...runs, total].map((line) => JSON.stringify(line));
}
