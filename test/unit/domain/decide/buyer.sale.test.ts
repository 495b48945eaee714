/** Refusals of slots that have ended and of ambiguous items, and the outcome of an operator's stop. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import { REFUSALS } from '../../../../src/domain/model/refusal.js';
import { decisionContext, SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, orderAfter, run, SECOND, start, stopAt } from '../sessions.js';

const limit = { kind: 'energy', value: 10_000 } as const;
const slot = (from: number, until: number) => ({ slot: { from, until } });

describe('a slot that has ended', () => {
  it.each(['select', 'init', 'confirm'] as const)('is refused by %s', (type) => {
    const wish = { request: asked('m'), site: SITE, limit, ...slot(AT - 5 * HOUR, AT - 4 * HOUR) };
    const command = type === 'confirm' ? { ...confirm(true, limit), ...wish } : { type, ...wish };
    expect(decide(undefined, command as never, decisionContext(AT))).toEqual({
      refusal: {
        code: 'slot-invalid',
        path: 'message.order.fulfillments[0].stops',
        detail: expect.stringContaining('ended') as unknown,
      },
    });
  });

  it('is refused by a confirm that comes too late for the slot of its draft', () => {
    const draft = run(
      undefined,
      { type: 'init', request: asked('i'), site: SITE, limit, ...slot(AT + MINUTE * 2, AT + MINUTE * 5) },
      AT,
    ).order;
    expect(decide(draft, confirm(true, limit), decisionContext(AT + 5 * MINUTE))).toMatchObject({
      refusal: { code: 'slot-invalid' },
    });
  });

  it('is not one that began a while ago and goes on', () => {
    const command = { type: 'select', request: asked('m'), site: SITE, limit, ...slot(AT - HOUR, AT + HOUR) } as const;
    expect(decide(undefined, command, decisionContext(AT))).not.toHaveProperty('refusal');
  });
});

describe("an operator's stop", () => {
  it('ends with its own code and sentence', () => {
    const order = orderAfter(
      [AT, confirm()],
      [AT + 5 * SECOND, start()],
      [AT + MINUTE, { type: 'stop', reason: 'operator' }],
      [AT + 2 * MINUTE, stopAt(500, AT + 2 * MINUTE, 'Remote')],
    );
    expect(order.outcome).toMatchObject({ code: 'stopped-by-operator', text: 'Stopped by the operator.' });
  });
});

it('a choice between connectors is refused by a sentence of its own', () => {
  expect(REFUSALS['connector-ambiguous'].sentence).toContain('one connector');
});
