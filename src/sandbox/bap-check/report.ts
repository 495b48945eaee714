/** What was found, for people and for machines. */
import { valueAt, textOf } from '../runtime/json.js';
import type { Terminal } from '../runtime/terminal.js';
import type { SentCallback, ReceivedRequest, RunRecord } from './provider/run-record.js';
import { isAcknowledged, readAck, describeAnswer, type Finding, type Rule, type Verdict } from './rules/rule.js';

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', 'not-seen': '–' };
const COLOURS = { pass: 'green', fail: 'red', 'not-seen': 'yellow' } as const;

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly notSeen: number;
  /** Of those not seen, the required. */
  readonly missing: number;
  /** True when nothing failed, everything required was seen, and no run was cut short. */
  readonly conforms: boolean;
}

export function totalsOf(findings: readonly Finding[], records: readonly RunRecord[]): Totals {
  const count = (verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length;
  const failed = count('fail');
  const missing = findings.filter((one) => one.verdict === 'not-seen' && one.rule.required).length;
  const whole = records.length > 0 && records.every((record) => record.abortReason === undefined);
  const conforms = failed === 0 && missing === 0 && whole;
  return { passed: count('pass'), failed, notSeen: count('not-seen'), missing, conforms };
}

/** One line while a run goes on. */
export function entryLine(entry: ReceivedRequest | SentCallback): string {
  if (entry.kind === 'request') {
    const said = { ack: 'ACK', nack: 'NACK', unavailable: 'come again' }[entry.reply];
    return `→ ${entry.action.padEnd(10)} answered ${entry.replyStatus} ${said}`;
  }
  const why = entry.label === 'answer' ? '' : ` (${entry.label})`;
  const reason = textOf(valueAt(readAck(entry.text)?.error, 'message'));
  const answer = isAcknowledged(entry) ? 'ACK' : reason ? `${entry.status} NACK: ${reason}` : describeAnswer(entry);
  return `← ${`${entry.action}${why}`.padEnd(28)} the app said ${answer}, ${entry.tookMs} ms`;
}

/** A line for each rule with a column for each profile, then what is wrong and what to do. */
export function printReport(screen: Terminal, findings: readonly Finding[], records: readonly RunRecord[]): void {
  const profiles = records.map((record) => record.profile.name);
  const rules = [...new Set(findings.map((one) => one.rule))];
  const widths = profiles.map((name) => name.length + 2);
  screen.writeLine();
  screen.writeLine(
    `${'✓ pass  ✗ fail  – not seen'.padEnd(28)}${profiles.map((name, index) => name.padEnd(widths[index] ?? 0)).join('')}`,
  );
  for (const rule of rules) {
    const marks = profiles.map((name, index) => {
      const found = findings.find((one) => one.rule === rule && one.profile === name);
      const text = (found ? MARKS[found.verdict] : '').padEnd(widths[index] ?? 0);
      return found ? screen.colour(COLOURS[found.verdict], text) : text;
    });
    screen.writeLine(`${rule.id.padEnd(28)}${marks.join('')}${rule.title}`);
  }
  for (const rule of rules) printFailure(screen, rule, findings);
  for (const { profile, abortReason: cutShort } of records) {
    if (cutShort !== undefined)
      screen.writeLine(`\n${screen.colour('red', '✗')} ${profile.name} was cut short: ${cutShort}.`);
  }
  const { passed, failed, notSeen, missing, conforms } = totalsOf(findings, records);
  const of = missing > 0 ? ` (${missing} of them required)` : '';
  screen.writeLine(`\n${passed} passed, ${failed} failed, ${notSeen} not seen${of}`);
  screen.writeLine(
    conforms
      ? screen.colour('green', 'The buyer app conforms.')
      : screen.colour('red', 'The buyer app does not conform.'),
  );
}

const MAX_FAULTS_SHOWN = 5;

function printFailure(screen: Terminal, rule: Rule, findings: readonly Finding[]): void {
  const wrong = findings.filter((one) => one.rule === rule && one.verdict === 'fail');
  const missing = findings.filter((one) => one.rule === rule && one.verdict === 'not-seen' && rule.required);
  if (wrong.length + missing.length === 0) return;
  const [mark, colour] = wrong.length > 0 ? (['✗', 'red'] as const) : (['–', 'yellow'] as const);
  screen.writeLine(`\n${screen.colour(colour, mark)} ${screen.colour('bold', rule.id)}: ${rule.title}`);
  for (const { profile, faults } of wrong) {
    for (const fault of faults.slice(0, MAX_FAULTS_SHOWN)) screen.writeLine(`    ${profile}: ${fault}`);
    if (faults.length > MAX_FAULTS_SHOWN)
      screen.writeLine(`    ${profile}: and ${faults.length - MAX_FAULTS_SHOWN} more`);
  }
  if (missing.length > 0) screen.writeLine(`    ${missing.map((one) => one.profile).join(', ')}: it was never seen`);
  screen.writeLine(`    ${screen.colour('dim', `source: ${rule.source}`)}`);
  screen.writeLine(`    to do: ${rule.advice}`);
}

/** One JSON object for each rule and profile, one for each run, and one at the end. */
export function jsonLines(findings: readonly Finding[], records: readonly RunRecord[]): string[] {
  const rules = findings.map(({ rule, profile, verdict, checked: seen, faults }) => {
    const { id, title, source, advice, required } = rule;
    return { type: 'rule', profile, rule: id, verdict, required, seen, faults, title, source, advice };
  });
  const runs = records.map(({ profile, entries, abortReason: cutShort }) => ({
    type: 'run',
    profile: profile.name,
    requests: entries.filter((one) => one.kind === 'request').length,
    callbacks: entries.filter((one) => one.kind === 'callback').length,
    cutShort: cutShort ?? null,
  }));
  return [...rules, ...runs, { type: 'summary', ...totalsOf(findings, records) }].map((one) => JSON.stringify(one));
}
