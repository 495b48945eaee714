/** The course of a session from what its charger tells, kept with the meter where the tariff needs it. */
import type { MeterSample } from '../model/command.js';
import { type Course, openCourse, settled, withAtMost, withReading } from '../pricing/charging-periods.js';
import { foldSamples } from './meter.js';
import type { Meter, Session } from '../model/order.js';
import type { Tariff } from '../model/tariff.js';

/** The readings of one message, taken into the meter; and into the course, where the tariff has elements. */
export function foldSession(
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
      const at = courseTime(session, sample.at, sample.receivedAt ?? now);
      const reading = { at, energyWh: after.energyWh, powerW: sample.powerW };
      return { ...after, course: withReading(tariff, before.course ?? opened(session), reading) };
    },
    foldSamples(meter, [], session, maxPowerW, now, journalSeq),
  );
}

/** What is accounted for so far. */
export function courseOf(tariff: Tariff, session: Session): Course {
  return settled(tariff, session.meter.course ?? opened(session));
}

/** The whole of an ended session. @unit `at`: the charger's time of the end; epoch ms */
export function finalCourse(
  tariff: Tariff,
  session: Session,
  energyWh: number,
  at: number,
  receivedAt: number,
): Course {
  const course = withAtMost(session.meter.course ?? opened(session), energyWh);
  return settled(tariff, withReading(tariff, course, { at: courseTime(session, at, receivedAt), energyWh }));
}

function opened(session: Session): Course {
  return openCourse(beganAt(session));
}

/** The charger's word, as far as it can be true: after it was wanted, before we heard of it. */
function beganAt({ startedAt, startReceivedAt, wantedAt }: Session): number {
  return Math.min(Math.max(startedAt, wantedAt ?? startReceivedAt), startReceivedAt);
}

/** A charger's clock may be wrong, but it counts: its times are told from the beginning on, and never ahead of us. */
function courseTime(session: Session, at: number, receivedAt: number): number {
  return Math.min(beganAt(session) + at - session.startedAt, receivedAt);
}
