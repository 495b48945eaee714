/** Planted bugs: readings or clocks mislead the bridge, a limit does not hold, or a deviation leaves no discrepancy. */
import type { PlantedBug } from './planted-bug.js';

export const METER_BUGS: readonly PlantedBug[] = [
  {
    bug: 'one zero reading at the start makes a meter count from the session',
    edits: [
      {
        file: 'domain/metering/meter-register.ts',
        find: "  if (rival.count < AGREEING) return 'doubted';",
        put: "  if (rival.count < (kind === 'relative' ? 1 : AGREEING)) return 'doubted';",
      },
      {
        file: 'domain/metering/meter-register.ts',
        find: "  if (lastWh <= firstWh) return 'doubted';",
        put: "  if (lastWh <= firstWh && kind !== 'relative') return 'doubted';",
      },
      {
        file: 'domain/metering/reading-kind.ts',
        find: '  const { maxWh } = bounds;\n  const { previous } = meter;',
        put: '  const { maxWh } = bounds;\n  const previous = undefined as Meter["previous"];',
      },
    ],
    faults: ['zero-first'],
  },
  {
    bug: 'a smaller limit is accepted although a charger without readings may have passed it',
    edits: [
      {
        file: 'domain/metering/limit.ts',
        find: '  if (predictedWh(flow, now) >= changed.caps.energyWh) return true;\n',
        put: '  if (now > 0) return changed.caps.energyWh <= session.meter.energyWh;\n',
      },
    ],
    faults: ['silent-meter'],
    invariants: ['I28'],
  },
  {
    bug: 'a limit does not hold where the charger sends no readings',
    edits: [
      {
        file: 'domain/metering/assumed-flow.ts',
        find: "if (ratedW === 0 || enforcedLimits?.includes('energy')) return",
        put: 'if (ratedW >= 0) return',
      },
    ],
    faults: ['silent-meter'],
  },
  {
    bug: 'readings above a rated power that is too small are never believed',
    edits: [
      {
        file: 'domain/metering/meter-register.ts',
        find: "  if (agreeing < AGREEING_ON_POWER) return 'estimated';",
        put: "  if (agreeing > 0) return 'doubted';",
      },
    ],
    faults: ['rating-too-small'],
  },
  {
    bug: 'a register that ends below its samples leaves no discrepancy',
    edits: [
      {
        file: 'domain/billing/bill.ts',
        find: '  if (resetWh !== undefined) {',
        put: '  if (resetWh !== undefined && resetWh < 0) {',
      },
      {
        file: 'domain/billing/bill.ts',
        find: '  if (alternativeWh !== undefined) {',
        put: '  if (alternativeWh !== undefined && !suggestedQuirk) {',
      },
    ],
    faults: ['kwh-at-end'],
  },
  {
    bug: 'a reset of the register leaves no discrepancy',
    edits: [
      {
        file: 'domain/billing/bill.ts',
        find: '  if (resetWh !== undefined) {',
        put: '  if (resetWh !== undefined && resetWh < 0) {',
      },
    ],
    faults: ['meter-reset'],
  },
  {
    bug: 'no power is derived from readings that come every few seconds',
    edits: [
      {
        file: 'domain/metering/meter-power.ts',
        find: 'const MIN_DERIVATION_MS = 4000;',
        put: 'const MIN_DERIVATION_MS = 30_000;',
      },
      {
        file: 'domain/metering/meter-power.ts',
        find: 'const keepsBase = !isBegin && (ms < MIN_DERIVATION_MS || (isCoarse && wh === 0));',
        put: 'const keepsBase = !isBegin && isCoarse && wh === 0;',
      },
    ],
    faults: ['register-only', 'fast-readings', 'slow-car'],
  },
  {
    bug: 'a small overshoot of a small order leaves no discrepancy',
    edits: [
      {
        file: 'domain/billing/bill.ts',
        find: 'const isReported = overshootWh > REPORTED_OVERSHOOT_WH || overshootWh * REPORTED_OVERSHOOT_RATIO > limitWh;',
        put: 'const isReported = overshootWh > REPORTED_OVERSHOOT_WH || limitWh < 0;',
      },
    ],
    faults: ['small-orders'],
  },
  {
    bug: "a charger's clock that is set back takes time from the bill",
    edits: [
      {
        file: 'domain/metering/reading-time.ts',
        find: '  if (isLive) return latest - byCharger > PACE_SLACK_MS ? latest : byCharger;',
        put: '  if (isLive) return byCharger;',
      },
      {
        file: 'domain/metering/reading-time.ts',
        find: '  return isSetBack ? Math.min(latest, last + arrivedMs) : byCharger;',
        put: '  return isSetBack ? byCharger : byCharger;',
      },
      {
        file: 'domain/metering/reading-time.ts',
        find: '  if (mayBeQueued || outOfOrder === undefined) return false;',
        put: '  if (session !== null) return false;',
      },
    ],
    faults: ['timed-tariff', 'clock-step'],
  },
  {
    bug: "a step of the host's clock moves deadlines and durations",
    edits: [
      {
        file: 'bridge/steady-clock.ts',
        find: '    const monotonic = this.#base.monotonic();\n    const differenceMs',
        put: '    if (this.#base) return this.#base.now();\n    const monotonic = this.#base.monotonic();\n    const differenceMs',
      },
    ],
    faults: ['live-clock-step'],
  },
  {
    bug: 'no RemoteStop leaves at a limit while the store is away',
    edits: [
      {
        file: 'bridge/orders/order-command-handler.ts',
        find: 'for (const handler of this.#effectHandlers) handler.handleUnsavedStop?.(order);',
        put: 'void order;',
      },
    ],
    faults: ['store-away'],
  },
];
