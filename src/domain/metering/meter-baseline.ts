/** Sets the register from which a session counts if its start carried none, and limits what may be billed by it. */
import type { CommandOf, MeterSample } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Session } from '../model/session.js';
import { finalEnergy, type FinalEnergy, type ReportedStop } from './final-energy.js';
import { plausibleWh } from './plausible-energy.js';

/**
 * Sets the session's baseline, if it has none yet, from the first register among the samples. That register includes
 * the intervals counted before it.
 */
export function withBaseline(session: Session, samples: readonly MeterSample[]): Session {
  const { baseline, meter } = session;
  if (baseline !== 'unknown') return session;
  const firstWh = samples.find((sample) => sample.registerWh !== undefined)?.registerWh;
  if (firstWh === undefined) return session;
  const meterStartWh = Math.max(0, firstWh - meter.energyWh);
  return { ...session, baseline: 'sampled', meterStartWh, meter: { ...meter, registerWh: meterStartWh } };
}

/**
 * Returns the energy of an ended session, with less confidence if its start carried no register. If no reading carried
 * one either, the register of the stop shows nothing, and only the intervals count.
 */
export function sessionEnergy(session: Session, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const { baseline, meter } = session;
  const isUnknown = baseline === 'unknown';
  const final = finalEnergy(meter, session, maxPowerW, isUnknown ? omit(stop, 'meterStopWh') : stop);
  if (isUnknown && final.energyWh === 0) return { ...final, confidence: 'disputed' };
  return baseline !== undefined && final.confidence === 'exact' ? { ...final, confidence: 'sampled' } : final;
}

/**
 * Corrects the baseline from a start that arrived after readings of its transaction. The energy between the start and
 * the first reading is added.
 * @errors `undefined` if the session has a start register already; if this start has none, or one above the first
 *         reading; if the readings count from the beginning of the session; or if the connector cannot have delivered
 *         that energy.
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
  return energyWh > plausibleWh(corrected, maxPowerW, meter)
    ? undefined
    : { ...corrected, meter: { ...meter, energyWh } };
}
