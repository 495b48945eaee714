/** A valid quote keeps its discount even if the connector's offers change. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Site } from '../../../../src/domain/model/network.js';
import type { Offer, Tariff } from '../../../../src/domain/model/tariff.js';
import { SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run, start, stopAt, orderAfter } from '../sessions.js';

const limit = { kind: 'energy', value: 10_000 } as const;
const sold = (tariff: Partial<Tariff>): Site => ({
  ...SITE,
  connector: { ...SITE.connector, tariff: { ...SITE.connector.tariff, ...tariff } },
});
const offer = (percentBps: number): Offer => ({ code: 'DAY', title: 'Day', percentBps, open: true });
const init = (site: Site): OrderCommand => ({ type: 'init', request: asked('init'), site, limit });
const confirms = (site: Site): OrderCommand => ({ ...confirm(true, limit), site }) as OrderCommand;
const through = (then: Site): ReturnType<typeof orderAfter> =>
  orderAfter(
    [AT, init(sold({ id: 'old', offers: [offer(5000)] }))],
    [AT + MINUTE, confirms(then)],
    [AT + 2 * MINUTE, start(AT + 2 * MINUTE)],
    [AT + HOUR, stopAt(10_000, AT + HOUR)],
  );

describe('a connector that got another tariff while a quote stands', () => {
  it.each([
    ['with a smaller discount of the same name', [offer(100)]],
    ['with another discount', [{ ...offer(100), code: 'NIGHT' }]],
    ['without discounts', undefined],
  ])('%s', (_what, offers) => {
    const before = run(undefined, init(sold({ id: 'old', offers: [offer(5000)] })), AT).order;
    const after = through(sold({ id: 'new', ...(offers && { offers }) }));
    expect(after.offer).toEqual(before.offer);
    expect(after.authorised).toBe(before.quote.total);
    expect(after.bill?.total).toBe(before.quote.total);
  });
});
