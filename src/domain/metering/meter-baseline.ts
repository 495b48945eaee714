/** What a session counts from when its start told no register. */
import type { MeterSample, OrderCommand } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import { openMeter, plausibleWh } from './meter.js';
import type { Session } from '../model/session.js';
import { omit } from '../model/object.js';

/** The first register since the start, where the start itself told none. */
export function withBaseline(session: Session, samples: readonly MeterSample[], now: number): Session {
  if (session.baseline !== 'unknown') return session;
  const first = samples.find((sample) => sample.registerWh !== undefined);
  if (first?.registerWh === undefined) return session;
  const { journalSeq, chargingPeriods: course } = session.meter;
  const opened = openMeter(first.registerWh, first.at, first.receivedAt ?? now, journalSeq);
  const meter = course ? { ...opened, chargingPeriods: course } : opened;
  return { ...session, baseline: 'sampled', meterStartWh: first.registerWh, meter };
}

/**
 * A start that comes after readings of its transaction tells the true base; `undefined` when it changes nothing.
 * What flowed between it and the first reading is added, as far as the connector can have delivered it.
 */
export function correctBaseline(
  session: Session,
  start: Extract<OrderCommand, { type: 'record-start' }>,
  around: DecisionContext,
): Session | undefined {
  const { baseline: base, meter } = session;
  const register = start.meterStartWh;
  if (base === undefined || register === undefined) return undefined;
  const known: Session = {
    ...omit(session, 'baseline'),
    meterStartWh: register,
    startedAt: Math.min(start.at, session.startedAt),
  };
  if (base === 'unknown') return { ...known, meter: { ...meter, registerWh: register } };
  const energyWh = meter.energyWh + session.meterStartWh - register;
  if (energyWh < meter.energyWh || meter.relative) return undefined;
  return energyWh > plausibleWh(known, around.maxPowerW, meter.at, meter.receivedAt)
    ? undefined
    : { ...known, meter: { ...meter, energyWh } };
}
