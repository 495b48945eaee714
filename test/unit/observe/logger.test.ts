import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../src/observe/clean.js';
import { createEvents } from '../../../src/observe/events.js';
import { createLogger } from '../../../src/observe/logger.js';
import { createMetrics, counterName, metricsTable } from '../../../src/observe/metrics.js';
import { EVENTS } from '../../../src/observe/event-table.js';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

function capture(level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level }, clock, { write: (line) => void lines.push(line) }) };
}

const SECRETS = ['s3cret-password', 'AABBCCDDEEFF', 'pa55', 'Asha Rao', '+919812345678', 'MC4CAQ'];

describe('the log', () => {
  it('holds no secret, whatever it is handed', () => {
    const { lines, logger } = capture();
    logger.info(
      { password: SECRETS[0], deep: { operatorToken: SECRETS[1], list: [{ Authorization: `Bearer ${SECRETS[1]}` }] } },
      'a',
    );
    logger.info({ text: `header was Signature keyId="a|b|ed25519",signature="${SECRETS[1]}"` }, `Bearer ${SECRETS[1]}`);
    logger.warn({ uri: `mongodb://root:${SECRETS[2]}@db/x`, billing: { name: SECRETS[3], phone: SECRETS[4] } });
    logger.error({
      body: `{"name":"${SECRETS[3]}"}`,
      err: new Error(`at mongodb://u:${SECRETS[2]}@h`, { cause: new Error(`Basic ${SECRETS[1]}`) }),
    });
    logger.error({ raw: `-----BEGIN PRIVATE KEY----- ${SECRETS[5]}` });
    logger.error(new Error(`mongodb://u:${SECRETS[2]}@h`));
    expect(lines).toHaveLength(6);
    for (const secret of SECRETS) expect(lines.join('')).not.toContain(secret);
  });

  it('lets no peer write a line of its own, colour it or turn it around', () => {
    const { lines, logger } = capture();
    const hostile =
      'ok\r\n{"level":"error"}\u001b[31mred\u001b[0m\u001b]0;title\u0007\u202eevil\u2066\u200b\u0000\u009b1m\u2028end';
    logger.info({ chargePointId: hostile, [hostile]: 1 }, hostile);
    const [line = ''] = lines;
    expect(line.trimEnd()).not.toMatch(/[\r\n]/);
    const { time: _time, level: _level, ...parsed } = JSON.parse(line) as Record<string, unknown>;
    const shown = [...JSON.stringify(parsed)].map((char) => char.codePointAt(0) ?? 0);
    const hidden = shown.filter(
      (c) => c < 32 || (c > 126 && c < 160) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x2069),
    );
    expect(hidden).toEqual([]);
    expect(JSON.stringify(parsed)).not.toMatch(/\\[rnbt]|\\u00/);
    expect(parsed['chargePointId']).toContain('end');
  });

  it('bounds long strings, long lists and deep objects', () => {
    const { lines, logger } = capture();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 5000; level += 1) deep = { deep };
    logger.info({ text: 'x'.repeat(1e6), list: Array.from({ length: 1e5 }, () => 1), deep });
    expect(lines[0]?.length).toBeLessThan(1000);
  });

  it('is JSON with a time of the clock, a level word, and obeys its level', () => {
    const { lines, logger } = capture();
    logger.debug('not this');
    logger.warn({ a: 1 }, 'this');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 'warn', time: '2026-01-02T03:04:05.000Z', a: 1, msg: 'this' },
    ]);
  });
});

describe('cleanText', () => {
  it('leaves ordinary words in any script alone', () => {
    expect(cleanText('CP-001 बेंगलुरु 充電 ₹18')).toBe('CP-001 बेंगलुरु 充電 ₹18');
  });
});

describe('events', () => {
  it('tell the log and the counters from one call', async () => {
    const { lines, logger } = capture();
    const metrics = createMetrics();
    const events = createEvents(logger, metrics);
    events.emit('order.changed', { orderId: 'o-1', to: 'charging' });
    events.emit('bug');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      event: 'order.changed',
      orderId: 'o-1',
      to: 'charging',
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ level: 'error', event: 'bug' });
    const text = await metrics.exposition();
    expect(text).toContain('bridge_order_changed_total{to="charging"} 1');
    expect(text).toContain('bridge_bug_total 1');
    expect(text).not.toContain('o-1');
  });

  it('never throw', () => {
    const { logger } = capture();
    const hostile = {
      get reason(): string {
        throw new Error('no');
      },
    };
    expect(() => createEvents(logger, createMetrics()).emit('request.rejected', hostile)).not.toThrow();
  });
});

describe('metrics', () => {
  it('bound what a peer can put into a label', async () => {
    const metrics = createMetrics();
    for (let i = 0; i < 500; i += 1) metrics.count('request.rejected', { reason: `made-up-${i}` });
    metrics.count('request.rejected', { reason: 'a\nsecond line' });
    const series = (await metrics.exposition())
      .split('\n')
      .filter((line) => line.startsWith('bridge_request_rejected_total{'));
    expect(series.length).toBeLessThanOrEqual(61);
    expect(series).toContain('bridge_request_rejected_total{reason="other"} 441');
  });

  it('ask gauges when they are scraped', async () => {
    const metrics = createMetrics();
    let online = 3;
    metrics.registerGauge('chargers_online', () => online);
    metrics.registerGauge('discrepancies_open', () => Promise.resolve(7));
    expect(await metrics.exposition()).toContain('bridge_chargers_online 3');
    online = 4;
    const text = await metrics.exposition();
    expect(text).toContain('bridge_chargers_online 4');
    expect(text).toContain('bridge_discrepancies_open 7');
  });

  it('are all in the table', () => {
    const table = metricsTable();
    for (const name of Object.keys(EVENTS)) expect(table).toContain(`\`${counterName(name)}\``);
  });

  it('have no ids in labels', () => {
    expect(Object.values(EVENTS).flatMap(({ labels }) => labels.filter((label) => /id$/i.test(label)))).toEqual([]);
  });
});
