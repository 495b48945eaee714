/** A quote keeps its promises until it expires, even if the tariff changes. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Site } from '../../../../src/domain/model/network.js';
import { DEARER_SITE as DEARER, POLICY, SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run, start, stopAt, orderAfter } from '../sessions.js';

const limit = { kind: 'energy', value: 10_000 } as const;
const init = (site: Site): OrderCommand => ({ type: 'init', request: asked('init'), site, limit });
const confirms = (site: Site): OrderCommand => ({ ...confirm(true, limit), site }) as OrderCommand;

describe('an order whose tariff has changed since its quote', () => {
  it('is billed by the price that was quoted', () => {
    const [old, now] = [SITE, DEARER].map((site) =>
      orderAfter(
        [AT, init(SITE)],
        [AT + MINUTE, confirms(site)],
        [AT + 2 * MINUTE, start(AT + 2 * MINUTE)],
        [AT + HOUR, stopAt(10_000, AT + HOUR)],
      ),
    );
    expect(now?.bill).toEqual(old?.bill);
    expect(now?.caps.energyWh).toBe(10_000);
    expect(now?.bill?.deliveredWh).toBe(10_000);
  });

  it('is quoted again when the quote has expired', () => {
    const drafted = run(undefined, init(SITE), AT).order;
    const again = run(drafted, init(DEARER), AT + POLICY.quoteTtlMs + MINUTE).order;
    expect(again.tariff.pricePerKwh).toBe(DEARER.connector.tariff.pricePerKwh);
    expect(again.quote.total).toBeGreaterThan(drafted.quote.total);
  });
});
