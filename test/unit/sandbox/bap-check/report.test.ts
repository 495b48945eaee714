/** The report of bap-check, for people at 80 columns and for programs. */
import { describe, expect, it } from 'vitest';
import { jsonLines } from '../../../../src/sandbox/bap-check/json-lines.js';
import { PROFILES } from '../../../../src/sandbox/bap-check/provider/provider-profiles.js';
import type { RunRecord, SentCallback } from '../../../../src/sandbox/bap-check/provider/run-record.js';
import { entryLines, printReport } from '../../../../src/sandbox/bap-check/report.js';
import { rulesOf } from '../../../../src/sandbox/bap-check/rules/all-rules.js';
import type { Fault } from '../../../../src/sandbox/bap-check/rules/rule.js';
import { summarise, totalsOf, type Summary } from '../../../../src/sandbox/bap-check/summary.js';
import { DIALECTS } from '../../../../src/sandbox/dialects/all.js';
import { createTerminal } from '../../../../src/sandbox/runtime/terminal.js';

const dialect = DIALECTS['uei-charging-1.0.0'];
const rules = rulesOf(dialect);
const profiles = Object.values(PROFILES);
const on404: SentCallback = {
  kind: 'callback',
  label: 'answer',
  action: 'on_search',
  at: 0,
  tookMs: 12,
  transactionId: 't',
  messageId: 'm',
  orderId: undefined,
  status: 404,
  text: `<html>${'Cannot POST /bap/on_search. '.repeat(10)}</html>`,
};
const record = (abort: NonNullable<RunRecord['abort']>): RunRecord => ({
  dialect,
  profile: PROFILES.strict,
  expected: {
    subscriberId: 'shop.example',
    publicKey: new Uint8Array(32),
    bapUri: 'http://shop.example/bap',
    bppId: 'bap-check.example',
    bppUri: 'http://bap-check.example/bpp',
    bppKeyId: 'key-1',
    registryUrl: 'http://bap-check.example:7601',
  },
  offer: { providerId: 'p', stationId: 's', chargePointId: 'c', connectorIds: ['c-1', 'c-2'] },
  transactions: new Map(),
  entries: abort.kind === 'unacknowledged' ? [on404] : [],
  unreadable: [],
  repeatWindowMs: 10,
  answerWithinMs: 1_000,
  strayPaths: [],
  abort,
});
const unreached = summarise(rules, profiles, [record({ kind: 'unacknowledged', reason: 'nothing' })]);

function textOf(summary: Summary): string {
  let text = '';
  printReport(
    createTerminal({ isTTY: true, columns: 80, write: (more) => (text += more) }, { NO_COLOR: '1' }),
    summary,
  );
  return text;
}

/** Returns a summary in which one rule has these faults in each profile. */
function failing(faults: readonly Fault[], checked: number): Summary {
  const rule = rules.find(({ id }) => id === 'context.ttl');
  if (!rule) throw new Error('there is no such rule');
  const findings = profiles.map(({ name }) => ({ rule, profile: name, verdict: 'fail', checked, faults }) as const);
  return { profiles, records: [], findings, causes: [] };
}

describe('the report', () => {
  it('tells one cause once for all profiles, and calls nothing passed or failed that was not tried', () => {
    const text = textOf(unreached);
    expect(text.match(/with 404/g)).toHaveLength(1);
    expect(text).toContain('All 54 rules were not tried.');
    expect(text).toContain('146 checks were not tried for this reason.');
    expect(text).toMatch(/\n0 passed, 0 failed, 0 not seen, 146 not tried\nNot everything could be tried\.\n$/);
  });

  it('fits 80 columns', () => {
    const lines = [...textOf(unreached).split('\n'), ...entryLines(on404, dialect, 80)];
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(entryLines(on404, dialect, 80).length).toBeGreaterThan(1);
  });

  it('tells a fault of every request once, and of some with their names', () => {
    const text = 'context.ttl is "30"';
    const every = failing(
      ['search', 'select', 'init'].map((subject) => ({ subject, text })),
      3,
    );
    expect(textOf(every)).toContain('    strict, protocol-server, onix: every request: context.ttl is "30"\n');
    const some = failing(
      ['search', 'select'].map((subject) => ({ subject, text })),
      3,
    );
    expect(textOf(some)).toContain('    strict, protocol-server, onix: search, select: context.ttl is "30"\n');
  });

  it('does not call an app conforming of which nothing was seen', () => {
    expect(totalsOf({ profiles, records: [], findings: [], causes: [] }).conforms).toBe(false);
    expect(
      textOf(summarise(rules, profiles, [record({ kind: 'interrupted', reason: 'it was interrupted' })])),
    ).toContain('✗ The run was interrupted.');
  });
});

describe('the JSON lines', () => {
  it('have the cause once, each rule of each profile with its reason, and the totals', () => {
    const lines = jsonLines('uei-charging-1.0.0', unreached).map((line) => JSON.parse(line) as { type: string });
    const causes = lines.filter(({ type }) => type === 'cause');
    expect(causes).toMatchObject([
      { cause: 'callbacks-refused', profiles: ['strict', 'protocol-server', 'onix'], notTried: 146 },
    ]);
    const judged = lines.filter(({ type }) => type === 'rule');
    expect(judged).toHaveLength(146);
    expect(judged).toEqual(judged.map((line) => ({ ...line, verdict: 'not-tried', because: 'callbacks-refused' })));
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      dialect: 'uei-charging-1.0.0',
      notTried: 146,
      conforms: false,
    });
  });
});
