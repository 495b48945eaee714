/** Keeps a session's charging periods up to date with its meter, if the tariff has elements. */
import type { MeterSample } from '../model/command.js';
import type { ChargingPeriods, Meter, Session, SessionEnd } from '../model/session.js';
import type { Tariff } from '../model/tariff.js';
import { addReading, capEnergy, closeUnchanged, openChargingPeriods } from '../pricing/charging-periods.js';
import { foldSamples, type FoldContext } from './meter.js';
import { beginAt, readingTime, sessionBeginAt } from './reading-time.js';

/** Adds the samples of one message to the meter and, if the tariff has elements, to the charging periods. */
export function foldSessionSamples(
  tariff: Tariff,
  session: Session,
  samples: readonly MeterSample[],
  context: FoldContext,
): Meter {
  const { meter } = session;
  if (!tariff.elements) return foldSamples(meter, samples, session, context);
  const { maxPowerW, now } = context;
  return samples.reduce<Meter>(
    (before, sample) => {
      const after = foldSamples(before, [sample], session, { maxPowerW, now });
      if (after.takenAt === undefined) return after;
      const first = { at: sample.at, receivedAt: sample.receivedAt ?? now };
      const periods = before.chargingPeriods ?? openChargingPeriods(beginAt(session, first));
      const reading = { at: after.takenAt, energyWh: after.energyWh, powerW: sample.powerW };
      return { ...after, chargingPeriods: addReading(tariff, periods, reading) };
    },
    foldSamples(meter, [], session, context),
  );
}

/** Returns the charging periods up to the last reading. */
export function periodsSoFar(tariff: Tariff, session: Session): ChargingPeriods {
  return closeUnchanged(tariff, session.meter.chargingPeriods ?? newPeriods(session));
}

/**
 * Returns the charging periods of an ended session, adjusted to its final energy.
 * @unit Wh; the end in charger time (`at`) and in ours (`receivedAt`), epoch ms.
 */
export function finalPeriods(
  tariff: Tariff,
  session: Session,
  energyWh: number,
  end: Pick<SessionEnd, 'at' | 'receivedAt'>,
): ChargingPeriods {
  const { meter } = session;
  const periods = capEnergy(meter.chargingPeriods ?? openChargingPeriods(beginAt(session, end)), energyWh);
  const reading = { at: readingTime(meter, session, end), energyWh };
  return closeUnchanged(tariff, addReading(tariff, periods, reading));
}

function newPeriods(session: Session): ChargingPeriods {
  return openChargingPeriods(sessionBeginAt(session));
}
