/** What a session knows of the charging profile that its RemoteStart carried. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import { omit } from '../../../../src/domain/model/object.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { decisionContext, SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, SECOND, start } from '../sessions.js';

const capabilities = { chargingRate: { unit: 'W' }, supportedLimits: ['energy'], stopLatencyMs: 3000 } as const;

function run(order: Order | undefined, command: OrderCommand, now: number): Accepted {
  const decision = decide(order, command, { ...decisionContext(now), capabilities });
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  return decision;
}

const update: OrderCommand = {
  type: 'update',
  request: asked('update'),
  site: SITE,
  limit: { kind: 'energy', value: 2000 },
};
const started = (): Order => run(undefined, confirm(), AT).order;
const BEGAN = AT + 5 * SECOND;

describe('the profile of a RemoteStart', () => {
  it('lasts as long as the ordered energy at full power', () => {
    const { effects } = run(undefined, confirm(), AT);
    expect(effects).toMatchObject([{ kind: 'remote-start', profile: { limitW: 60_000, seconds: 600 } }, {}]);
  });

  it('is known as it was sent, although the limit was changed before the transaction began', () => {
    const { session } = run(run(started(), update, AT + SECOND).order, start(BEGAN), BEGAN).order;
    expect(session?.chargingProfile).toEqual({
      ...{ status: 'accepted', limitW: 60_000, capWh: 10_000 },
      ...{ from: BEGAN, endsAt: BEGAN + 600 * SECOND },
    });
  });

  it('is calculated for an order that an earlier release has started', () => {
    const order = started();
    const earlier = { ...order, remoteStart: order.remoteStart && omit(order.remoteStart, 'profile') } as Order;
    const { session } = run(earlier, start(BEGAN), BEGAN).order;
    expect(session?.chargingProfile).toMatchObject({ capWh: 10_000, endsAt: BEGAN + 600 * SECOND });
  });

  it('is not known to apply if the transaction begins on another connector', () => {
    const other = { ...start(BEGAN), connectorId: 2, otherConnector: { free: true, sameTariff: true } } as OrderCommand;
    const { session } = run(started(), other, BEGAN).order;
    expect(session).not.toHaveProperty('chargingProfile');
    expect(session?.profileReviewAt).toBeGreaterThan(BEGAN);
  });

  it('is forgotten if the RemoteStart is repeated without it, because little is left to deliver', () => {
    const order = started();
    const small = { ...order, caps: { ...order.caps, timeMs: 1000 } };
    const again = run(small, { type: 'start-answered', answer: 'not-sent' }, AT + SECOND).order;
    const repeated = run(again, { type: 'charger-connected' }, AT + 2 * SECOND).order;
    expect(repeated.remoteStart).not.toHaveProperty('withProfile');
  });

  it('is forgotten once the charger has rejected the RemoteStart because of it', () => {
    const again = run(started(), { type: 'start-answered', answer: 'rejected' }, AT + SECOND);
    expect(again.effects).toEqual([expect.not.objectContaining({ profile: expect.anything() as unknown })]);
    expect(again.order.remoteStart).not.toHaveProperty('profile');
    expect(run(again.order, start(BEGAN), BEGAN).order.session).not.toHaveProperty('chargingProfile');
  });
});
