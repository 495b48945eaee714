/** A quote is for its slot if the tariff depends on the time of day. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Site } from '../../../../src/domain/model/network.js';
import type { Slot } from '../../../../src/domain/model/reservation.js';
import type { TariffElement } from '../../../../src/domain/model/tariff.js';
import { SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run } from '../sessions.js';

const limit = { kind: 'energy', value: 10_000 } as const;
const energy = (price: number): TariffElement => ({ priceComponents: [{ type: 'ENERGY', price }] });
/** The price rises at noon; the current time is 10:00. */
const elements = [{ ...energy(5000), restrictions: { startTime: '12:00', endTime: '23:00' } }, energy(1000)];
const { connector } = SITE;
const site: Site = { ...SITE, connector: { ...connector, tariff: { ...connector.tariff, timeZone: 'UTC', elements } } };
const MORNING: Slot = { from: AT + 10 * MINUTE, until: AT + HOUR };
const AFTERNOON: Slot = { from: AT + 4 * HOUR, until: AT + 5 * HOUR };
const init = (slot?: Slot): OrderCommand => ({
  type: 'init',
  request: asked('init'),
  site,
  limit,
  ...(slot && { slot }),
});
const confirms = (slot: Slot): OrderCommand =>
  ({ ...confirm(true, limit), site, slot, reservationId: 1 }) as OrderCommand;
const quoted = (slot?: Slot): number => run(undefined, init(slot), AT).order.quote.total;

describe('a draft that is wanted for another time', () => {
  it.each([
    ['by another init', init(AFTERNOON)],
    ['by its confirm', confirms(AFTERNOON)],
  ])('is quoted again %s', (_how, command) => {
    expect(quoted(AFTERNOON)).toBeGreaterThan(quoted());
    for (const before of [init(), init(MORNING)]) {
      const draft = run(undefined, before, AT).order;
      const { order } = run(draft, command, AT + MINUTE);
      expect(order.quote.total).toBe(quoted(AFTERNOON));
      if (order.state === 'confirmed') expect(order.authorised).toBe(quoted(AFTERNOON));
    }
  });

  it('is quoted again when it is wanted now', () => {
    const draft = run(undefined, init(AFTERNOON), AT).order;
    expect(run(draft, init({ from: AT, until: AT + HOUR }), AT + MINUTE).order.quote.total).toBe(quoted());
  });

  it('keeps its quote for the same time', () => {
    const draft = run(undefined, init(MORNING), AT).order;
    expect(run(draft, confirms(MORNING), AT + MINUTE).order.quote).toEqual(draft.quote);
  });
});
