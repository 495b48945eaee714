import type { decide } from '../src/domain/decide/decide.js';
import type { DecisionContext } from '../src/domain/model/decision.ts';
import type { nextDeadline } from '../src/domain/decide/timers.js';
import type { ChargerCapabilities } from '../src/domain/model/charger-capabilities.ts';
import type { Site } from '../src/domain/model/network.js';
import type { OrderState } from '../src/domain/model/order.js';
import type { Bill, Limit } from '../src/domain/model/quote.ts';

export function seeded(seed: number): () => number;

export function runSession(
  core: {
    readonly decide: typeof decide;
    readonly nextDeadline: typeof nextDeadline;
    readonly policy: DecisionContext['policy'];
    readonly site: Site;
    readonly limit: Limit;
    readonly paid: number;
  },
  settings: {
    readonly seed: number;
    readonly maxPowerW: number;
    readonly sampleS: number;
    readonly latencyMs: number;
    readonly capabilities?: ChargerCapabilities | undefined;
    readonly naive?: boolean;
    readonly disconnectMs?: number;
    readonly reportsPower?: boolean;
    readonly answersTrigger?: boolean;
    readonly wholeSeconds?: boolean;
    /** When the charger stops sending readings, ms from the start. */
    readonly silentMs?: number;
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
  /** When the session or its charging profile ended, whichever was first, ms from the start. */
  readonly flowedMs: number;
};
