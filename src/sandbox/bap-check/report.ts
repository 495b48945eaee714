/** Prints the findings for people. */
import { errorText } from '../buyer-app/envelope.js';
import type { Dialect } from '../dialects/dialect.js';
import { wrap, type Terminal } from '../runtime/terminal.js';
import type { ReceivedRequest, SentCallback } from './provider/run-record.js';
import type { Cause } from './rules/causes.js';
import type { Finding } from './rules/judge.js';
import { describeAnswer, isAcknowledged, readAck, type Fault, type Rule, type Verdict } from './rules/rule.js';
import { totalsOf, type Summary } from './summary.js';

const MARKS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', 'not-seen': '–', 'not-tried': '○' };
const COLOURS = { pass: 'green', fail: 'red', 'not-seen': 'yellow', 'not-tried': 'dim' } as const;
const ACTION_WIDTH = 28;
const MAX_FAULTS_SHOWN = 5;
/** How many characters of an answer are shown in a line; the report quotes more of it. */
const MAX_REACTION = 100;

/** Formats a request or callback as one line, or more if it is longer than `width`. */
export function entryLines(entry: ReceivedRequest | SentCallback, dialect: Dialect, width: number): string[] {
  const [head, text] = entry.kind === 'request' ? describeRequest(entry) : describeCallback(entry, dialect);
  const label = head.padEnd(ACTION_WIDTH);
  const [first = '', ...more] = wrap(text, width - label.length - 1);
  return [`${label} ${first}`, ...more.map((line) => `${' '.repeat(label.length)} ${line}`)];
}

function describeRequest({ action, step, reply, replyStatus }: ReceivedRequest): [head: string, text: string] {
  const purpose = step === 'start' || step === 'stop' ? ` (${step})` : '';
  const answer = { ack: 'ACK', nack: 'NACK', unavailable: 'try again later' }[reply];
  return [`→ ${action}${purpose}`, `bap-check answered ${replyStatus} ${answer}`];
}

function describeCallback(callback: SentCallback, dialect: Dialect): [head: string, text: string] {
  const label = callback.label === 'answer' ? '' : ` (${callback.label})`;
  return [`← ${callback.action}${label}`, `${describeReaction(callback, dialect)}, ${callback.tookMs} ms`];
}

function describeReaction(callback: SentCallback, dialect: Dialect): string {
  if (callback.status === 0) return `no answer (${callback.text})`;
  if (isAcknowledged(callback, dialect)) return 'the app answered ACK';
  const reason = errorText(readAck(callback.text, dialect)?.error);
  const answer = reason ? `${callback.status} NACK: ${reason}` : describeAnswer(callback);
  return `the app answered ${answer.slice(0, MAX_REACTION)}`;
}

/** Prints a table of rules by profile, the causes, each failed or unseen required rule with its remedy, and totals. */
export function printReport(terminal: Terminal, summary: Summary): void {
  const { findings, causes } = summary;
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  printTable(terminal, rules, summary);
  for (const cause of causes) printCause(terminal, cause, findings);
  for (const rule of rules) printFailure(terminal, rule, findings);
  const { passed, failed, notSeen, notTried, missing, conforms } = totalsOf(summary);
  const required = missing > 0 ? ` (${missing} of them required)` : '';
  const untried = notTried > 0 ? `, ${notTried} not tried` : '';
  terminal.writeLine(`\n${passed} passed, ${failed} failed, ${notSeen} not seen${required}${untried}`);
  const verdict =
    failed > 0 || causes.length === 0 ? 'The buyer app does not conform.' : 'Not everything could be tried.';
  terminal.writeLine(conforms ? terminal.colour('green', 'The buyer app conforms.') : terminal.colour('red', verdict));
}

/** Prints one line for each rule, with a column for each profile. */
function printTable(terminal: Terminal, rules: readonly Rule[], { profiles, findings }: Summary): void {
  const names = profiles.map(({ name }, index) => `${index + 1} ${name}`).join('  ');
  terminal.writeLine();
  terminal.writeLine('✓ pass  ✗ fail  – not seen  ○ not tried');
  terminal.writeLine(`in the profiles ${names}`);
  terminal.writeLine();
  const isTried = (rule: Rule): boolean =>
    findings.some((finding) => finding.rule === rule && finding.verdict !== 'not-tried');
  const tried = rules.filter(isTried);
  if (tried.length > 0)
    terminal.writeLine(`  ${profiles.map((_profile, index) => `${index + 1} `).join('')}`.trimEnd());
  for (const rule of tried) {
    const marks = profiles.map(({ name }) => {
      const finding = findings.find((candidate) => candidate.rule === rule && candidate.profile === name);
      return finding ? terminal.colour(COLOURS[finding.verdict], MARKS[finding.verdict]) : ' ';
    });
    const indent = 3 + 2 * profiles.length;
    const [first = '', ...more] = wrap(rule.title, terminal.width - indent);
    terminal.writeLine(`  ${marks.join(' ')}  ${first}`);
    for (const line of more) terminal.writeLine(`${' '.repeat(indent)}${line}`);
  }
  const untried = rules.length - tried.length;
  if (untried > 0)
    terminal.writeLine(`  ${tried.length > 0 ? `The other ${untried}` : `All ${untried}`} rules were not tried.`);
}

function printCause(terminal: Terminal, { id, text, cure }: Cause, findings: readonly Finding[]): void {
  const count = findings.filter(({ because }) => because === id).length;
  terminal.writeLine();
  write(terminal, `${text}.`, { mark: terminal.colour('red', '✗'), indent: 2 });
  write(terminal, `What to do: ${cure}`, { indent: 4 });
  if (count > 0) write(terminal, `${count} checks were not tried for this reason.`, { indent: 4 });
}

function printFailure(terminal: Terminal, rule: Rule, findings: readonly Finding[]): void {
  const ofRule = findings.filter((finding) => finding.rule === rule);
  const failed = ofRule.filter(({ verdict }) => verdict === 'fail');
  const missing = ofRule.filter(({ verdict }) => verdict === 'not-seen' && rule.required);
  if (failed.length + missing.length === 0) return;
  const verdict: Verdict = failed.length > 0 ? 'fail' : 'not-seen';
  terminal.writeLine();
  const mark = terminal.colour(COLOURS[verdict], MARKS[verdict]);
  write(terminal, `${rule.id}: ${rule.title}`, { mark, indent: 2 });
  printFaults(terminal, failed);
  if (missing.length > 0) write(terminal, `${profilesIn(missing)}: never seen`, { indent: 4 });
  const count = findings.filter(({ because }) => because === rule.id).length;
  if (count > 0) write(terminal, `${count} checks were not tried for this reason.`, { indent: 4 });
  write(terminal, `Source: ${rule.source}`, { indent: 4 });
  write(terminal, `What to do: ${rule.advice}`, { indent: 4 });
}

/** Prints the first faults, each once, with the requests or callbacks that have it and the profiles that show it. */
function printFaults(terminal: Terminal, failed: readonly Finding[]): void {
  const profilesOfText = new Map<string, Finding[]>();
  for (const finding of failed) {
    for (const text of describeFaults(finding)) {
      profilesOfText.set(text, [...(profilesOfText.get(text) ?? []), finding]);
    }
  }
  const texts = [...profilesOfText];
  for (const [text, found] of texts.slice(0, MAX_FAULTS_SHOWN))
    write(terminal, `${profilesIn(found)}: ${text}`, { indent: 4 });
  const hidden = texts.length - MAX_FAULTS_SHOWN;
  if (hidden > 0) write(terminal, `and ${hidden} more`, { indent: 4 });
}

/** Returns one text for each distinct fault, such as `search, select: …` or `every request: …`. */
function describeFaults({ faults, checked }: Finding): string[] {
  const byText = new Map<string, Fault[]>();
  for (const fault of faults) byText.set(fault.text, [...(byText.get(fault.text) ?? []), fault]);
  return [...byText].map(([text, same]) => {
    const subjects = [...new Set(same.map(({ subject }) => subject))].filter((subject) => subject !== '');
    if (subjects.length === 0) return text;
    const kind = subjects.every((subject) => subject.startsWith('on_')) ? 'callback' : 'request';
    const isEvery = same.length === checked && subjects.length > 2;
    return `${isEvery ? `every ${kind}` : subjects.join(', ')}: ${text}`;
  });
}

const profilesIn = (findings: readonly Finding[]): string =>
  [...new Set(findings.map(({ profile }) => profile))].join(', ');

/** Writes a wrapped text with an optional mark before its first line. */
function write(terminal: Terminal, text: string, { mark, indent }: { mark?: string; indent: number }): void {
  const [first = '', ...more] = wrap(text, terminal.width - indent);
  const margin = ' '.repeat(indent);
  terminal.writeLine(`${mark === undefined ? margin : `${mark} `}${first}`);
  for (const line of more) terminal.writeLine(`${margin}${line}`);
}
