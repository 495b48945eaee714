import { expect, it } from 'vitest';
import { createEvents } from '../../../src/observe/events.js';
import { EVENTS } from '../../../src/observe/event-table.js';
import { createLogger } from '../../../src/observe/logger.js';
import { createMetrics } from '../../../src/observe/metrics.js';
import { createManualClock } from '../../fakes/manual-clock.js';

function setUp() {
  const clock = createManualClock();
  const lines: { readonly [key: string]: unknown }[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as { [key: string]: unknown }) };
  const metrics = createMetrics();
  const events = createEvents(createLogger({ level: 'debug' }, clock, stream), metrics, clock);
  return { clock, lines, metrics, events };
}

it('a flood of rejected requests fills no log, and every one is counted', async () => {
  const { clock, lines, metrics, events } = setUp();
  for (let at = 0; at < 5000; at += 1) events.emit('request.rejected', { reason: 'signature-invalid', at });
  expect(lines.length).toBeLessThanOrEqual(20);
  expect(await metrics.exposition()).toContain('bridge_request_rejected_total{reason="signature-invalid"} 5000');
  const before = lines.length;
  await clock.advance(60_000);
  events.emit('request.rejected', { reason: 'signature-invalid' });
  expect(lines.at(-1)).toMatchObject({ event: 'request.rejected', suppressed: 5000 - before });
});

it('a flood of one reason hides no line of another, nor of a known subscriber', () => {
  const { lines, events } = setUp();
  for (let at = 0; at < 500; at += 1) events.emit('request.rejected', { reason: 'signature-invalid' });
  events.emit('request.rejected', { reason: 'stale', subscriberId: 'bap.example' });
  expect(lines.at(-1)).toMatchObject({ reason: 'stale' });
  for (let at = 0; at < 500; at += 1) events.emit('charger.frame-dropped', { chargePointId: 'A', reason: 'not-json' });
  events.emit('charger.frame-dropped', { chargePointId: 'B', reason: 'not-json' });
  expect(lines.at(-1)).toMatchObject({ chargePointId: 'B' });
});

it.each([
  'request.rejected',
  'connection.refused',
  'charger.refused',
  'registry.challenge-refused',
  'registry.failed',
] as const)('%s, which a stranger can cause, is sampled', (name) => {
  const { lines, events } = setUp();
  for (let at = 0; at < 1000; at += 1) events.emit(name, { reason: 'x', chargePointId: `S${at}`, address: String(at) });
  expect(lines.length).toBeLessThanOrEqual(20);
});

it('what changes money or an order is logged each time', () => {
  const { lines, events } = setUp();
  for (let at = 0; at < 100; at += 1) events.emit('order.changed', { to: 'charging' });
  for (let at = 0; at < 100; at += 1) events.emit('discrepancy.opened', { kind: 'x' });
  expect(lines).toHaveLength(200);
  expect(
    Object.entries(EVENTS).filter(([name, { sampledBy }]) => sampledBy && /^(order|discrepancy|payment)/.test(name)),
  ).toEqual([]);
});
