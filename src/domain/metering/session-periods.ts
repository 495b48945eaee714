/** Keeps a session's charging periods up to date with its meter, if the tariff has elements. */
import type { MeterSample } from '../model/command.js';
import type { ChargingPeriods, Meter, Session, SessionEnd } from '../model/session.js';
import type { Tariff } from '../model/tariff.js';
import { addReading, capEnergy, closeUnchanged, openChargingPeriods } from '../pricing/charging-periods.js';
import { foldSamples, type FoldContext } from './meter.js';

/** Folds the samples of one message into the meter and, if the tariff has elements, into its charging periods. */
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
      const at = sessionTime(session, sample.at, sample.receivedAt ?? now);
      const reading = { at, energyWh: after.energyWh, powerW: sample.powerW };
      return { ...after, chargingPeriods: addReading(tariff, before.chargingPeriods ?? newPeriods(session), reading) };
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
  const periods = capEnergy(session.meter.chargingPeriods ?? newPeriods(session), energyWh);
  const reading = { at: sessionTime(session, end.at, end.receivedAt), energyWh };
  return closeUnchanged(tariff, addReading(tariff, periods, reading));
}

function newPeriods(session: Session): ChargingPeriods {
  return openChargingPeriods(sessionBeginAt(session));
}

/** Returns the charger's start time, but not before the request nor after the arrival of the start message. */
export function sessionBeginAt({
  startedAt,
  startReceivedAt,
  requestedAt,
}: Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'>): number {
  return Math.min(Math.max(startedAt, requestedAt ?? startReceivedAt), startReceivedAt);
}

/**
 * Converts charger time to our time. The charger's clock is used only to measure the time since the session began, and
 * the result is never later than the arrival of the message.
 */
function sessionTime(session: Session, at: number, receivedAt: number): number {
  return Math.min(sessionBeginAt(session) + at - session.startedAt, receivedAt);
}

/** Returns the time of the session's end, or of its last reading if it has not ended. @unit Epoch ms, our time. */
export function lastReadingAt(session: Session): number {
  const { end, meter } = session;
  return Math.max(sessionBeginAt(session), sessionTime(session, (end ?? meter).at, (end ?? meter).receivedAt));
}
