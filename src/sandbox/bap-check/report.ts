/** Prints the findings for people, and formats them as JSON lines for machines. */
import { textOf, valueAt } from '../runtime/json.js';
import type { Terminal } from '../runtime/terminal.js';
import type { ReceivedRequest, RunRecord, SentCallback } from './provider/run-record.js';
import { describeAnswer, isAcknowledged, readAck, type Finding, type Rule, type Verdict } from './rules/rule.js';

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', 'not-seen': '–' };
const COLOURS = { pass: 'green', fail: 'red', 'not-seen': 'yellow' } as const;
const RULE_ID_WIDTH = 28;
const MAX_FAULTS_SHOWN = 5;

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly notSeen: number;
  /** How many of those not seen are required. */
  readonly missing: number;
  /** True if nothing failed, everything required was seen, and no run ended early. */
  readonly conforms: boolean;
}

export function totalsOf(findings: readonly Finding[], records: readonly RunRecord[]): Totals {
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  const failed = count('fail');
  const missing = findings.filter(({ verdict, rule }) => verdict === 'not-seen' && rule.required).length;
  const isComplete = records.length > 0 && records.every(({ abortReason }) => abortReason === undefined);
  const conforms = failed === 0 && missing === 0 && isComplete;
  return { passed: count('pass'), failed, notSeen: count('not-seen'), missing, conforms };
}

/** Formats a request or callback as one line. */
export function entryLine(entry: ReceivedRequest | SentCallback): string {
  if (entry.kind === 'request') {
    const reply = { ack: 'ACK', nack: 'NACK', unavailable: 'try again later' }[entry.reply];
    return `→ ${entry.action.padEnd(RULE_ID_WIDTH)} bap-check answered ${entry.replyStatus} ${reply}`;
  }
  const label = entry.label === 'answer' ? '' : ` (${entry.label})`;
  return `← ${`${entry.action}${label}`.padEnd(RULE_ID_WIDTH)} ${describeReaction(entry)}, ${entry.tookMs} ms`;
}

function describeReaction(callback: SentCallback): string {
  if (callback.status === 0) return `no answer (${callback.text})`;
  if (isAcknowledged(callback)) return 'the app answered ACK';
  const reason = textOf(valueAt(readAck(callback.text)?.error, 'message'));
  return `the app answered ${reason ? `${callback.status} NACK: ${reason}` : describeAnswer(callback)}`;
}

/** Prints a table of rules by profile, then each failure or missing result with its remedy, then the totals. */
export function printReport(terminal: Terminal, findings: readonly Finding[], records: readonly RunRecord[]): void {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  printTable(terminal, rules, findings, records);
  for (const rule of rules) printFailure(terminal, rule, findings);
  for (const { profile, abortReason } of records) {
    if (abortReason !== undefined)
      terminal.writeLine(`\n${terminal.colour('red', '✗')} The ${profile.name} run ended early: ${abortReason}.`);
  }
  const { passed, failed, notSeen, missing, conforms } = totalsOf(findings, records);
  const required = missing > 0 ? ` (${missing} of them required)` : '';
  terminal.writeLine(`\n${passed} passed, ${failed} failed, ${notSeen} not seen${required}`);
  terminal.writeLine(
    conforms
      ? terminal.colour('green', 'The buyer app conforms.')
      : terminal.colour('red', 'The buyer app does not conform.'),
  );
}

/** Prints one line for each rule, with a column for each profile. */
function printTable(
  terminal: Terminal,
  rules: readonly Rule[],
  findings: readonly Finding[],
  records: readonly RunRecord[],
): void {
  const columns = records.map(({ profile }) => ({ name: profile.name, width: profile.name.length + 2 }));
  const header = columns.map(({ name, width }) => name.padEnd(width)).join('');
  terminal.writeLine();
  terminal.writeLine(`${'✓ pass  ✗ fail  – not seen'.padEnd(RULE_ID_WIDTH)}${header}`);
  for (const rule of rules) {
    const marks = columns.map(({ name, width }) => {
      const finding = findings.find((candidate) => candidate.rule === rule && candidate.profile === name);
      return finding
        ? terminal.colour(COLOURS[finding.verdict], MARKS[finding.verdict].padEnd(width))
        : ' '.repeat(width);
    });
    terminal.writeLine(`${rule.id.padEnd(RULE_ID_WIDTH)}${marks.join('')}${rule.title}`);
  }
}

function printFailure(terminal: Terminal, rule: Rule, findings: readonly Finding[]): void {
  const ofRule = findings.filter((finding) => finding.rule === rule);
  const failed = ofRule.filter(({ verdict }) => verdict === 'fail');
  const missing = ofRule.filter(({ verdict }) => verdict === 'not-seen' && rule.required);
  if (failed.length + missing.length === 0) return;
  const verdict: Verdict = failed.length > 0 ? 'fail' : 'not-seen';
  const mark = terminal.colour(COLOURS[verdict], MARKS[verdict]);
  terminal.writeLine(`\n${mark} ${terminal.colour('bold', rule.id)}: ${rule.title}`);
  for (const { profile, faults } of failed) {
    for (const fault of faults.slice(0, MAX_FAULTS_SHOWN)) terminal.writeLine(`    ${profile}: ${fault}`);
    const hidden = faults.length - MAX_FAULTS_SHOWN;
    if (hidden > 0) terminal.writeLine(`    ${profile}: and ${hidden} more`);
  }
  if (missing.length > 0) terminal.writeLine(`    ${missing.map(({ profile }) => profile).join(', ')}: never seen`);
  terminal.writeLine(`    ${terminal.colour('dim', `Source: ${rule.source}`)}`);
  terminal.writeLine(`    What to do: ${rule.advice}`);
}

/** Formats one JSON object for each rule and profile, then one for each run, then the summary. */
export function jsonLines(findings: readonly Finding[], records: readonly RunRecord[]): string[] {
  const rules = findings.map(({ rule, profile, verdict, checked, faults }) => {
    const { id, title, source, advice, required } = rule;
    return { type: 'rule', profile, rule: id, verdict, required, checked, faults, title, source, advice };
  });
  const runs = records.map(({ profile, entries, abortReason }) => ({
    type: 'run',
    profile: profile.name,
    requests: entries.filter(({ kind }) => kind === 'request').length,
    callbacks: entries.filter(({ kind }) => kind === 'callback').length,
    abortReason: abortReason ?? null,
  }));
  return [...rules, ...runs, { type: 'summary', ...totalsOf(findings, records) }].map((line) => JSON.stringify(line));
}
