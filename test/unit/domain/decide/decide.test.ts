/** The order state machine as a table: the outcome of each command in each state, as docs/architecture.md shows it. */
import { expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { decide } from '../../../../src/domain/decide/decide.js';
import { ORDER_STATES as STATES, type OrderState } from '../../../../src/domain/model/order.js';
import { decisionContext, SITE } from '../../../property/domain-arbitraries.js';
import { AT, asked, confirm, LATER, MINUTE, orderIn, sample, start, status, stopAt } from '../sessions.js';

const LIMIT = { kind: 'energy', value: 10_000 } as const;

const COMMANDS: readonly (readonly [string, OrderCommand])[] = [
  ['select the same', { type: 'select', request: asked('a'), site: SITE, limit: LIMIT }],
  ['select another', { type: 'select', request: asked('b'), site: SITE, limit: { kind: 'time', value: 600 } }],
  ['init', { type: 'init', request: asked('c'), site: SITE, limit: LIMIT }],
  ['confirm', { ...confirm(), request: asked('d') } as OrderCommand],
  ['update limit', { type: 'update', request: asked('e'), site: SITE, limit: { kind: 'energy', value: 5000 } }],
  [
    'start',
    {
      type: 'start',
      request: asked('h'),
      chargerOnline: true,
      connectorState: { status: 'Preparing', errorCode: 'NoError', at: AT },
    },
  ],
  ['stop', { type: 'stop', request: asked('f'), reason: 'buyer' }],
  ['cancel', { type: 'cancel', request: asked('g'), by: 'buyer' }],
  ['charger connected', { type: 'charger-connected' }],
  ['charger disconnected', { type: 'charger-disconnected' }],
  ['charger booted', { type: 'charger-booted' }],
  ['status Charging', status('Charging')],
  ['status SuspendedEV', status('SuspendedEV')],
  ['status Available', status('Available')],
  ['status Faulted', status('Faulted')],
  ['start accepted', { type: 'start-answered', answer: 'accepted' }],
  ['start rejected', { type: 'start-answered', answer: 'rejected' }],
  ['start unknown', { type: 'start-answered', answer: 'unknown' }],
  ['start not sent, in time', { type: 'start-answered', answer: 'not-sent' }],
  ['start not sent, too late', { type: 'start-answered', answer: 'not-sent' }],
  ['stop accepted', { type: 'stop-answered', answer: 'accepted' }],
  ['stop rejected', { type: 'stop-answered', answer: 'rejected' }],
  ['reservation accepted', { type: 'reservation-answered', answer: 'accepted' }],
  ['reservation ended', { type: 'reservation-ended', reason: 'Removed' }],
  ['slot blocked', { type: 'slot-blocked' }],
  ['charging profile accepted', { type: 'charging-profile-answered', answer: 'accepted' }],
  ['station set its limits', { type: 'transaction-limits-set', limits: { energyWh: 100 } }],
  ['station reached a limit', { type: 'transaction-limit-reached', limit: 'energy' }],
  ['transaction begins', start(LATER, 'another')],
  ['sample', sample(800, LATER)],
  ['transaction ends', stopAt(900, LATER)],
  ['transaction ends, no cable plugged in', stopAt(0, LATER, 'Timeout')],
  ['transaction superseded', { type: 'transaction-superseded', meterStartWh: 1_000_900, at: LATER }],
  ['timer due, too early', { type: 'timer-due' }],
];

/** When a command is given; by default at `LATER`. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ['start not sent, in time', AT + MINUTE],
  ['timer due, too early', AT + 1],
]);

/** Returns `state +effects !discrepancies`, with `=` for an unchanged state, or the refusal. */
function outcome(state: OrderState, command: OrderCommand, now: number): string {
  const decision = decide(orderIn(state), command, decisionContext(now));
  if ('refusal' in decision) return `- ${decision.refusal.code}`;
  const effects = decision.effects.map((effect) =>
    effect.kind === 'callback' ? `${effect.action}/${effect.class}` : effect.kind,
  );
  const next = decision.order.state === state ? '=' : decision.order.state;
  return [next, ...effects.map((effect) => `+${effect}`), ...decision.discrepancies.map((row) => `!${row.kind}`)].join(
    ' ',
  );
}

it('prints the table that docs/architecture.md shows', async () => {
  const table = COMMANDS.map(([name, command]) => {
    const now = TIMES.get(name) ?? LATER;
    return [name, ...STATES.map((state) => `  ${state.padEnd(12)} ${outcome(state, command, now)}`)].join('\n');
  });
  const late = STATES.map(
    (state) => `  ${state.padEnd(12)} ${outcome(state, { type: 'timer-due' }, AT + 8 * 86_400_000)}`,
  );
  const printed = [...table, ['timer due, days later', ...late].join('\n')].join('\n');
  await expect(`${printed}\n`).toMatchFileSnapshot('order-states.txt');
});
