/** Defines the scenarios of the demo: what happens to an order once it is placed and paid. */
import type { SimulatedChargePoint } from '../charge-point.js';
import type { BuyerApp } from '../buyer-app.js';

/** What a scenario can act on. */
export interface ScenarioParts {
  readonly buyer: BuyerApp;
  /** The charge point of the order. */
  readonly chargePoint: SimulatedChargePoint;
}

export interface Scenario {
  /** For the help and the heading, as a sentence without a subject. */
  readonly summary: string;
  /** Whether a session is delivered and billed; otherwise the order is cancelled and refunded in full. */
  readonly charges: boolean;
  /** Acts before the order is placed. */
  readonly prepare?: (parts: ScenarioParts) => void;
  /** Acts a few minutes into the session. */
  readonly meanwhile?: (parts: ScenarioParts, orderId: string) => Promise<void>;
}

const OFFLINE_MS = 3 * 60_000;

export const SCENARIOS = {
  limit: { summary: 'charges until the ordered amount is reached', charges: true },
  'buyer-stops': {
    summary: 'is stopped by the buyer after some minutes',
    charges: true,
    meanwhile: async ({ buyer }, orderId) => {
      await buyer.send('cancel', { order_id: orderId, descriptor: { name: 'Stop Charging', code: 'stop-charging' } });
    },
  },
  'goes-offline': {
    summary: 'goes on while the charge point is offline',
    charges: true,
    meanwhile: ({ chargePoint }) => {
      chargePoint.misbehave('drops-socket', { forMs: OFFLINE_MS });
      return Promise.resolve();
    },
  },
  'repeats-messages': {
    summary: 'is billed once, although every message comes three times',
    charges: true,
    prepare: ({ chargePoint }) => chargePoint.misbehave('repeats-messages'),
  },
  'never-starts': {
    summary: 'never begins, although the start was accepted',
    charges: false,
    prepare: ({ chargePoint }) => chargePoint.misbehave('never-starts'),
  },
} as const satisfies { readonly [name: string]: Scenario };

export type ScenarioName = keyof typeof SCENARIOS;

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name);
