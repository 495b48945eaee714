/** What drivers buy, and the slots that they book. */
import type { BuyerDialect, Option, Purchase } from '../dialects/buyer-dialect.js';
import type { BuyerApp } from './buyer-app.js';

/** Draws a slot of half an hour in the near future. */
export function bookedTime({ environment: { random, time } }: BuyerApp): Pick<Purchase, 'slot'> {
  const from = time.now() + random.between(3, 25) * 60_000;
  return { slot: { from, until: from + 30 * 60_000 } };
}

export function randomOption(app: BuyerApp, { options }: Pick<BuyerDialect, 'options'>): Option {
  const { random, faults } = app.environment;
  if (faults.strikes('small-orders', app.extras, 0.7)) return { kind: 'energy', value: app.extras.between(100, 600) };
  const kind = random.pick(options);
  switch (kind) {
    case 'energy':
      return { kind, value: random.between(500, 15_000) };
    case 'amount':
      return { kind, value: random.between(20, 300) };
    case 'time':
      return { kind, value: random.between(5, 50) * 60 };
    case 'soc':
      return { kind, value: random.between(50, 95) };
  }
}
