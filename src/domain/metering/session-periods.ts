/** The course of a session from what its charger tells, kept with the meter where the tariff needs it. */
import type { MeterSample } from '../model/command.js';
import { openChargingPeriods, closeUnchanged, capEnergy, addReading } from '../pricing/charging-periods.js';
import { type ChargingPeriods } from '../model/charging-period.js';
import { foldSamples } from './meter.js';
import type { Session, Meter } from '../model/session.js';
import type { Tariff } from '../model/tariff.js';

/** The readings of one message, taken into the meter; and into the course, where the tariff has elements. */
export function foldSessionSamples(
  tariff: Tariff,
  session: Session,
  samples: readonly MeterSample[],
  maxPowerW: number,
  now: number,
  journalSeq = 0,
): Meter {
  const { meter } = session;
  if (!tariff.elements) return foldSamples(meter, samples, session, maxPowerW, now, journalSeq);
  return samples.reduce<Meter>(
    (before, sample) => {
      const after = foldSamples(before, [sample], session, maxPowerW, now);
      const at = sessionTime(session, sample.at, sample.receivedAt ?? now);
      const reading = { at, energyWh: after.energyWh, powerW: sample.powerW };
      return { ...after, chargingPeriods: addReading(tariff, before.chargingPeriods ?? newPeriods(session), reading) };
    },
    foldSamples(meter, [], session, maxPowerW, now, journalSeq),
  );
}

/** What is accounted for so far. */
export function periodsSoFar(tariff: Tariff, session: Session): ChargingPeriods {
  return closeUnchanged(tariff, session.meter.chargingPeriods ?? newPeriods(session));
}

/** The whole of an ended session. @unit `at`: the charger's time of the end; epoch ms */
export function finalPeriods(
  tariff: Tariff,
  session: Session,
  energyWh: number,
  at: number,
  receivedAt: number,
): ChargingPeriods {
  const course = capEnergy(session.meter.chargingPeriods ?? newPeriods(session), energyWh);
  return closeUnchanged(tariff, addReading(tariff, course, { at: sessionTime(session, at, receivedAt), energyWh }));
}

function newPeriods(session: Session): ChargingPeriods {
  return openChargingPeriods(sessionBeginAt(session));
}

/** The charger's word, as far as it can be true: after it was wanted, before we heard of it. */
function sessionBeginAt({ startedAt, startReceivedAt, requestedAt: wantedAt }: Session): number {
  return Math.min(Math.max(startedAt, wantedAt ?? startReceivedAt), startReceivedAt);
}

/** A charger's clock may be wrong, but it counts: its times are told from the beginning on, and never ahead of us. */
function sessionTime(session: Session, at: number, receivedAt: number): number {
  return Math.min(sessionBeginAt(session) + at - session.startedAt, receivedAt);
}
