import type { decide, Surroundings } from '../src/domain/decide/decide.js';
import type { wakeAt } from '../src/domain/decide/timers.js';
import type { Means } from '../src/domain/metering/charger-capabilities.js';
import type { Site } from '../src/domain/model/network.js';
import type { Bill, Limit, OrderState } from '../src/domain/model/order.js';

export function seeded(seed: number): () => number;

export function runSession(
  heart: {
    readonly decide: typeof decide;
    readonly wakeAt: typeof wakeAt;
    readonly policy: Surroundings['policy'];
    readonly site: Site;
    readonly limit: Limit;
    readonly paid: number;
  },
  setting: {
    readonly seed: number;
    readonly maxPowerW: number;
    readonly sampleS: number;
    readonly latencyMs: number;
    readonly means?: Means | undefined;
    readonly naive?: boolean;
    readonly cutMs?: number;
  },
): {
  readonly deliveredWh: number;
  readonly overshootWh: number;
  readonly billedWh: number | undefined;
  readonly state: OrderState;
  readonly stopLatencyMs: number | undefined;
  readonly messages: number;
  readonly authorised: number;
  readonly bill: Bill | undefined;
  /** Until when power could flow, ms since the beginning. */
  readonly flowedMs: number;
};
