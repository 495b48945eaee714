/** The order machine as a table: what each command makes of each state. Read it beside the specification. */
import { ORDER_STATES as STATES } from '../../fakes/order-states.js';
import { expect, it } from 'vitest';
import type { OrderCommand } from '../../../src/domain/model/command.js';
import { decide } from '../../../src/domain/decide/decide.js';
import type { OrderState } from '../../../src/domain/model/order.js';
import { around, SITE } from '../../property/domain-arbitraries.js';
import { AT, asked, confirm, LATER, orderIn, sample, start, status, stopAt } from './sessions.js';

const LIMIT = { kind: 'energy', value: 10_000 } as const;

const COMMANDS: readonly (readonly [string, OrderCommand])[] = [
  ['select the same', { type: 'select', asked: asked('a'), site: SITE, limit: LIMIT }],
  ['select another', { type: 'select', asked: asked('b'), site: SITE, limit: { kind: 'time', value: 600 } }],
  ['init', { type: 'init', asked: asked('c'), site: SITE, limit: LIMIT }],
  ['confirm', { ...confirm(), asked: asked('d') } as OrderCommand],
  ['update limit', { type: 'update', asked: asked('e'), site: SITE, limit: { kind: 'energy', value: 5000 } }],
  [
    'start',
    {
      type: 'start',
      asked: asked('h'),
      chargerOnline: true,
      connectorState: { status: 'Preparing', errorCode: 'NoError', at: AT },
    },
  ],
  ['stop', { type: 'stop', asked: asked('f'), reason: 'buyer' }],
  ['cancel', { type: 'cancel', asked: asked('g'), by: 'buyer' }],
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
  ['start not sent', { type: 'start-answered', answer: 'not-sent' }],
  ['stop accepted', { type: 'stop-answered', answer: 'accepted' }],
  ['stop rejected', { type: 'stop-answered', answer: 'rejected' }],
  ['reservation accepted', { type: 'reserve-answered', answer: 'accepted' }],
  ['reservation ended', { type: 'reserve-ended', word: 'Removed' }],
  ['slot blocked', { type: 'slot-blocked' }],
  ['plan accepted', { type: 'plan-answered', answer: 'accepted' }],
  ['limits kept', { type: 'limits-kept', limits: ['energy'] }],
  ['limit hit', { type: 'limit-hit', limit: 'energy' }],
  ['transaction begins', start(LATER, 'another')],
  ['sample', sample(800, LATER)],
  ['transaction ends', stopAt(900, LATER)],
  ['transaction ends for want of a cable', stopAt(0, LATER, 'Timeout')],
  ['superseded', { type: 'superseded', meterStartWh: 1_000_900, at: LATER }],
  ['connector lost', { type: 'connector-lost' }],
  ['wake, too early', { type: 'wake' }],
];

/** `state +effects !rows`, or the refusal. A state alone: it stays, and nothing is owed. */
function outcome(state: OrderState, command: OrderCommand, now: number): string {
  const decision = decide(orderIn(state), command, around(now));
  if ('refusal' in decision) return `- ${decision.refusal.code}`;
  const effects = decision.effects.map((effect) =>
    effect.kind === 'callback' ? `${effect.action}/${effect.class}` : effect.kind,
  );
  const next = decision.order.state === state ? '=' : decision.order.state;
  return [next, ...effects.map((effect) => `+${effect}`), ...decision.rows.map((row) => `!${row.kind}`)].join(' ');
}

it('is this', () => {
  const table = COMMANDS.map(([name, command]) => {
    const now = name === 'wake, too early' ? AT + 1 : LATER;
    return [name, ...STATES.map((state) => `  ${state.padEnd(12)} ${outcome(state, command, now)}`)].join('\n');
  });
  const late = STATES.map((state) => `  ${state.padEnd(12)} ${outcome(state, { type: 'wake' }, AT + 8 * 86_400_000)}`);
  expect(`\n${[...table, ['wake, days later', ...late].join('\n')].join('\n')}\n`).toMatchSnapshot();
});
