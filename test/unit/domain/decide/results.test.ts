/** Ends caused by the charger, cancellations, and changes of a buyer's contact details. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { isEndedByProvider } from '../../../../src/domain/decide/results.js';
import { decide } from '../../../../src/domain/decide/decide.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { decisionContext } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, MINUTE, run, SECOND, start, status, stopAt, orderAfter, orderIn } from '../sessions.js';

const plain = confirm();
const charging = (first: OrderCommand): Order => orderAfter([AT, first], [AT + SECOND, start()]);
const reported = ({ effects }: Accepted): string[] =>
  effects.flatMap((one) => (one.kind === 'callback' ? `${one.action}/${one.class}` : []));
const cancel = (more: Partial<Extract<OrderCommand, { type: 'cancel' }>> = {}): OrderCommand => ({
  type: 'cancel',
  request: { ...asked('cancel'), action: 'cancel' },
  by: 'buyer',
  ...more,
});

describe('an end that is the charger’s doing', () => {
  const broken = ({ order, effects }: Accepted) => [isEndedByProvider(order), reported({ effects } as Accepted)];

  it.each(['EmergencyStop', 'PowerLoss', 'GroundFault', 'OvercurrentFault'])(
    '%s is known as one, and told once',
    (reason) => {
      const ended = run(charging(plain), stopAt(500, AT + MINUTE, reason), AT + MINUTE);
      expect(broken(ended)).toEqual([true, ['on_status/terminal']]);
      expect(ended.order).toMatchObject({ state: 'completed', bill: { deliveredWh: 500 } });
    },
  );

  it('is one where the connector is faulted, whatever reason the stop gives', () => {
    const faulted = run(charging(plain), status('Faulted'), AT + 2 * SECOND).order;
    const ended = run(faulted, stopAt(500, AT + MINUTE, 'Other'), AT + MINUTE);
    expect(ended.order).toMatchObject({ outcome: { code: 'charger-fault' }, connectorState: { status: 'Faulted' } });
    expect(broken(ended)).toEqual([true, ['on_status/terminal']]);
  });

  it.each(['Local', 'EVDisconnected', 'Remote'])('is none where the driver ends it: %s', (reason) => {
    const ended = run(charging(plain), stopAt(500, AT + MINUTE, reason), AT + MINUTE);
    expect(broken(ended)).toEqual([false, ['on_status/terminal']]);
  });

  it('may come before the start', () => {
    const before = orderAfter([AT, plain]);
    const rejected = run(before, { type: 'start-answered', answer: 'rejected' }, AT + SECOND);
    expect(broken(rejected)).toEqual([true, ['on_status/terminal']]);
    expect(broken(run(before, cancel(), AT + SECOND))).toEqual([false, ['on_cancel/answer', 'on_status/terminal']]);
    const byOperator: OrderCommand = { type: 'cancel', by: 'operator' };
    expect(broken(run(before, byOperator, AT + SECOND))).toEqual([true, ['on_status/terminal']]);
  });
});

describe('a cancel', () => {
  it('keeps the buyer’s reason', () => {
    const { order } = run(orderAfter([AT, plain]), cancel({ reason: { id: '3' } }), AT + SECOND);
    expect(order).toMatchObject({ state: 'cancelled', cancelReason: { id: '3' } });
  });

  it('of what runs is refused, or stops it and is answered with its end', () => {
    expect(decide(charging(plain), cancel(), decisionContext(AT + MINUTE))).toMatchObject({
      refusal: { code: 'cancellation-not-possible' },
    });
    const stopping = run(charging(plain), cancel({ ifRunning: 'stop' }), AT + MINUTE);
    expect(stopping.effects).toEqual([{ kind: 'remote-stop' }]);
    const ended = run(stopping.order, stopAt(500, AT + MINUTE), AT + MINUTE + SECOND);
    expect(reported(ended)).toEqual(['on_cancel/answer', 'on_status/terminal']);
    expect(ended.order).toMatchObject({ state: 'completed', outcome: { code: 'stopped-by-buyer' } });
  });

  it.each(['draft', 'confirmed', 'starting'] as const)('by the operator is told as such, in state %s', (state) => {
    const byOperator: OrderCommand = { type: 'cancel', by: 'operator' };
    const { order } = run(orderIn(state), byOperator, AT + SECOND);
    expect(order).toMatchObject({ state: 'cancelled', outcome: { code: 'cancelled-by-operator' } });
  });

  it('of what is stopping already is answered at once, and stops nothing again', () => {
    const stopping = run(charging(plain), cancel({ ifRunning: 'stop' }), AT + MINUTE).order;
    const again = { ...asked('again'), action: 'cancel' };
    const second = run(stopping, cancel({ ifRunning: 'stop', request: again }), AT + MINUTE + SECOND);
    expect(second.effects.map((one) => one.kind)).toEqual(['callback']);
  });
});

describe('a buyer’s later words', () => {
  it('replace what they name, at every depth of a contact, and nothing else', () => {
    const billing = { name: 'A', organization: { descriptor: { name: 'F' }, contact: { phone: '1', email: 'e' } } };
    const order = { ...charging(plain), billing, passthrough: { customer: { a: 1 }, collectedBy: 'BAP' } };
    const changed = run(
      order,
      {
        type: 'update',
        request: asked('update'),
        billing: { organization: { contact: { phone: '2' } } },
        passthrough: { customer: { b: 2 } },
      },
      AT + MINUTE,
    );
    expect(changed.order.billing).toEqual({
      name: 'A',
      organization: { descriptor: { name: 'F' }, contact: { phone: '2', email: 'e' } },
    });
    expect(changed.order.passthrough).toEqual({ customer: { b: 2 }, collectedBy: 'BAP' });
  });
});
