/** Sets the register from which a session counts if its start carried none. */
import type { CommandOf, MeterSample } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Session } from '../model/session.js';
import { openMeter } from './meter.js';
import { plausibleWh } from './plausible-energy.js';

/**
 * Sets the session's baseline to the first register among the samples, if it has none yet.
 * @unit `now` in epoch ms; the `receivedAt` of a sample takes precedence.
 */
export function withBaseline(session: Session, samples: readonly MeterSample[], now: number): Session {
  if (session.baseline !== 'unknown') return session;
  const first = samples.find((sample) => sample.registerWh !== undefined);
  if (first?.registerWh === undefined) return session;
  const { journalSeq, chargingPeriods } = session.meter;
  const opened = openMeter(first.registerWh, first.at, first.receivedAt ?? now, journalSeq);
  const meter = chargingPeriods ? { ...opened, chargingPeriods } : opened;
  return { ...session, baseline: 'sampled', meterStartWh: first.registerWh, meter };
}

/**
 * Corrects the baseline from a start that arrived after readings of its transaction. The energy between the start and
 * the first reading is added.
 * @errors `undefined` if the start changes nothing, or the connector cannot have delivered that energy.
 */
export function correctBaseline(
  session: Session,
  start: CommandOf<'record-start'>,
  { maxPowerW }: Pick<DecisionContext, 'maxPowerW'>,
): Session | undefined {
  const { baseline, meter } = session;
  const { meterStartWh } = start;
  if (baseline === undefined || meterStartWh === undefined) return undefined;
  const corrected: Session = {
    ...omit(session, 'baseline'),
    meterStartWh,
    startedAt: Math.min(start.at, session.startedAt),
  };
  if (baseline === 'unknown') return { ...corrected, meter: { ...meter, registerWh: meterStartWh } };
  const energyWh = meter.energyWh + session.meterStartWh - meterStartWh;
  if (energyWh < meter.energyWh || meter.relative) return undefined;
  return energyWh > plausibleWh(corrected, maxPowerW, meter.at, meter.receivedAt)
    ? undefined
    : { ...corrected, meter: { ...meter, energyWh } };
}
