/** Requests of a driver after the order is confirmed. */
import type { Journey } from './journey.js';
import { randomOption } from './purchases.js';

/** Starts the session if the dialect leaves that to the buyer app. Some drivers never do it, some do it twice. */
export async function startCharging(journey: Journey): Promise<void> {
  const { dialect, app, purchase } = journey;
  const { extras, environment } = app;
  if (!dialect.requests.start || extras.happens(0.05)) return;
  const tillSlotMs = Math.max(0, (purchase.slot?.from ?? 0) - environment.time.now());
  await environment.time.sleep(tillSlotMs + extras.between(500, 60_000));
  await journey.ask('start', 3, { isUnnamed: extras.happens(0.3) });
  if (extras.happens(0.1)) await journey.ask('start', 2);
}

export async function followUp(journey: Journey): Promise<void> {
  const { random, time } = journey.app.environment;
  for (let left = random.between(0, 4); left > 0; left--) {
    await time.sleep(random.between(5000, 400_000));
    await askSomething(journey, random.between(0, 9));
  }
}

async function askSomething(journey: Journey, draw: number): Promise<unknown> {
  const { app, dialect, purchase } = journey;
  const { random } = app.environment;
  switch (draw) {
    case 0:
    case 1:
      return journey.ask('stop', 3, { isUnnamed: dialect.requests.start !== undefined && app.extras.happens(0.3) });
    case 2:
      return journey.ask('cancel', 3);
    case 3:
    case 4: {
      if (!dialect.requests.change) return journey.ask('status', 3);
      const isSoc = purchase.option.kind === 'soc';
      const option = isSoc ? { kind: 'soc' as const, value: random.between(40, 99) } : randomOption(app, dialect);
      journey.purchase = { connector: purchase.connector, option };
      return journey.ask('change', 3);
    }
    case 5:
      return app.ask(journey.request('track'), 3);
    case 6:
      return app.ask(journey.request('rate'), 3);
    case 7:
      return app.ask(journey.request(dialect.requests.meta ? 'meta' : 'search'), 2);
    default:
      return journey.ask('status', 3);
  }
}
