/**
 * Finds discrepancies of a stop, and of readings that arrive after the end: a stop has no register, or its register
 * contradicts the reported power, or readings from before or after it.
 */
import { assumedFlow, energyAfter } from '../metering/assumed-flow.js';
import { countedWh } from '../metering/final-energy.js';
import { absoluteWh, flowedSinceWh, JITTER_WH } from '../metering/reading-kind.js';
import { isEndDoubtful, RISEN_AFTER_END_WH } from '../metering/liveness.js';
import { deliveredWh, type FinalEnergy } from '../metering/meter.js';
import { readingTime } from '../metering/reading-time.js';
import type { CommandOf, MeterSample } from '../model/command.js';
import type { DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';
import type { Session } from '../model/session.js';

/** The session with all its readings, its stop, and what is billed. @unit Wh; the stop in charger time, epoch ms. */
interface EndedSession {
  readonly order: Order;
  readonly session: Session;
  readonly stop: { readonly at: number; readonly meterStopWh?: number };
  readonly final: FinalEnergy;
}

/** Energy up to this is not reported. */
const REPORTED_WH = 100;
/** How old the register may be in a reading that shows it. */
const STALE_MS = 120_000;
/** How much time one wrong power report may affect. */
const ONE_REPORT_MS = 300_000;
/** How much later than a stop the last reading may be, by the charger's clock. */
const READ_AFTER_STOP_MS = 60_000;

export function stopDiscrepancies(ended: EndedSession, context: DecisionContext): DiscrepancyDraft[] {
  const { meterStopWh = -1 } = ended.stop;
  const found =
    meterStopWh < 0
      ? [readAfterStop(ended), unreadEnergy(ended, context), energyBeyondPower(ended)]
      : [unexplainedRise(ended, context), unregisteredPower(ended), energyBeyondPower(ended)];
  return found.filter((one) => one !== undefined);
}

/** Reports a stop that has no register and precedes the last reading, which may thus belong to a later transaction. */
function readAfterStop({ session: { startedAt, meter }, stop: { at } }: EndedSession): DiscrepancyDraft | undefined {
  if (at < startedAt || meter.at - at <= READ_AFTER_STOP_MS) return undefined;
  const detail = `The stop has no register and is older than the last reading, ${meter.registerWh} Wh, which may be of a later transaction.`;
  return { kind: 'transaction-contradiction', detail };
}

/** Reports energy that may have flowed between the last credible reading and a stop without a register. */
function unreadEnergy(ended: EndedSession, { now, policy }: DecisionContext): DiscrepancyDraft | undefined {
  const { order, session, stop, final } = ended;
  if (session.baseline === 'unknown') return undefined;
  const flow = assumedFlow(order, session, policy);
  const endedAt = readingTime(session.meter, session, { at: stop.at, receivedAt: now });
  const unreadWh = Math.round(energyAfter(flow, Math.max(0, endedAt - flow.since)) - flow.deliveredWh);
  if (unreadWh <= REPORTED_WH) return undefined;
  const detail = `The stop has no register; ${final.energyWh} Wh were billed by the readings, and up to ${unreadWh} Wh may have flowed since the last one.`;
  return { kind: 'meter-missing', detail, amount: unreadWh };
}

/** Reports a stop register that is higher than the readings and the power of the connector allow. */
function unexplainedRise(ended: EndedSession, { now, maxPowerW }: DecisionContext): DiscrepancyDraft | undefined {
  const { session, final } = ended;
  const { meter } = session;
  const { resolutionWh, knownAt, observedPowerW = 0 } = meter;
  if (final.confidence !== 'exact' || knownAt === undefined || resolutionWh === undefined) return undefined;
  const ratedW = Math.max(maxPowerW, observedPowerW);
  const possibleWh = resolutionWh + flowedSinceWh(meter, session, ratedW, now + STALE_MS);
  if (final.energyWh - deliveredWh(meter) <= possibleWh) return undefined;
  const aboveWh = final.energyWh - countedWh(meter);
  const detail = `The stop reads ${aboveWh} Wh more than the last sample, which the connector cannot have delivered since then; the bill follows the stop.`;
  return { kind: 'meter-mismatch', detail, amount: -aboveWh };
}

/** Reports power from more than one reading that neither the samples nor the stop show as energy. */
function unregisteredPower({ session: { meter, startedAt }, final }: EndedSession): DiscrepancyDraft | undefined {
  const { unregisteredWh = 0, reportedPowerW = 0, resolutionWh = 0, powerBasedWh = 0 } = meter;
  // The last report may be 0 W, which says nothing about the earlier ones.
  const averageW = (powerBasedWh * 3_600_000) / Math.max(1, meter.at - startedAt);
  const riseWh = Math.max(0, final.energyWh - countedWh(meter));
  const uncertainWh = REPORTED_WH + resolutionWh + (Math.max(reportedPowerW, averageW) * ONE_REPORT_MS) / 3_600_000;
  const isOtherwiseReported = final.alternativeWh !== undefined || final.implausibleWh !== undefined;
  if (isOtherwiseReported || riseWh * 2 >= unregisteredWh || unregisteredWh <= uncertainWh) return undefined;
  const missingWh = Math.round(unregisteredWh - riseWh);
  const detail = `The reported power amounts to ${missingWh} Wh that the register does not show; the bill follows the stop.`;
  return { kind: 'meter-mismatch', detail, amount: missingWh };
}

/** Energy beyond the reported power is tolerated up to this share of the session's, or this many Wh if that is more. */
const TOLERATED_BEYOND_SHARE = 1 / 4;
const TOLERATED_BEYOND_WH = 500;

/**
 * Reports a register that shows more energy than the measured power amounts to. It may be the register of the whole
 * charger instead of the connector's, or the power may be that of one phase instead of all.
 */
function energyBeyondPower({ session: { meter }, final }: EndedSession): DiscrepancyDraft | undefined {
  const { beyondPowerWh = 0, powerTrust } = meter;
  const toleratedWh = Math.max(TOLERATED_BEYOND_WH, final.energyWh * TOLERATED_BEYOND_SHARE);
  if (powerTrust !== 'measured' || beyondPowerWh <= toleratedWh) return undefined;
  const amount = Math.round(beyondPowerWh);
  const detail = `The register shows ${amount} Wh more than the reported power amounts to; it may count what flows elsewhere. The bill follows the register (${final.energyWh} Wh).`;
  return { kind: 'meter-mismatch', detail, amount: -amount };
}

type LateSamples = Pick<CommandOf<'record-sample'>, 'samples' | 'isStillOpen' | 'namesTransaction'>;

/**
 * Reports readings that arrived after the end of a session and show more energy than its bill says was delivered. Those
 * from before the end show that the charger sends its messages out of order, or that the register of the stop is wrong;
 * later ones, that the transaction went on: its end was only inferred or assumed, or the station kept it open after the
 * authorisation had ended. Later ones count only if no message has reported the end of the transaction.
 */
export function lateReadings(
  { id, bill }: Order,
  session: Session,
  { samples, isStillOpen, namesTransaction }: LateSamples,
): DiscrepancyDraft | undefined {
  const { end, meter, meterStartWh, baseline } = session;
  if (!bill || !end || baseline === 'unknown') return undefined;
  const mostAbove = (baseWh: number, from: readonly MeterSample[]): number =>
    Math.max(0, ...from.map(({ registerWh = 0 }) => absoluteWh(meter, registerWh, session) - baseWh));
  const before = mostAbove(
    meterStartWh,
    samples.filter(({ at }) => at <= end.at),
  );
  // The bill of a doubtful end follows the meter. If its register was reset, later readings count on from there.
  const baseWh = isEndDoubtful(end) ? meter.registerWh - bill.deliveredWh : meterStartWh;
  const later = isStillOpen ? samples.filter(({ at }) => at > end.at) : [];
  const after = mostAbove(baseWh, later);
  const key = `late/${encodeURIComponent(id)}`;
  if (before > bill.deliveredWh + JITTER_WH) {
    const detail = `Readings from before the end that arrived after it show ${before} Wh; ${bill.energyWh} Wh were billed.`;
    return { kind: 'meter-mismatch', detail, amount: before - bill.deliveredWh, key };
  }
  const toleratedWh = isEndDoubtful(end) && namesTransaction ? JITTER_WH : RISEN_AFTER_END_WH;
  if (after <= bill.deliveredWh + toleratedWh) return undefined;
  const detail = `Readings from after the end show that the transaction went on, to ${after} Wh; ${bill.energyWh} Wh were billed.`;
  return { kind: 'meter-mismatch', detail, amount: after - bill.deliveredWh, key: `after/${encodeURIComponent(id)}` };
}

/**
 * Reports a stop that arrived after the end of a session and contradicts its bill. Without a register, its readings
 * show how far the transaction went.
 */
export function lateStop(
  order: Order,
  session: Session,
  { meterStopWh = -1, samples }: { readonly meterStopWh?: number; readonly samples: readonly MeterSample[] },
): DiscrepancyDraft[] {
  const { id, bill } = order;
  const late = meterStopWh < 0 && lateReadings(order, session, { samples, isStillOpen: true });
  if (late) return [late];
  if (meterStopWh < 0 || meterStopWh === session.end?.meterStopWh || !bill || session.baseline === 'unknown') return [];
  const energyWh = meterStopWh - session.meterStartWh;
  const { energyWh: billedWh, confidence } = bill;
  const detail = `A stop received after the end reports ${energyWh} Wh; ${billedWh} Wh were billed (${confidence}).`;
  return [{ kind: 'late-stop', detail, amount: energyWh - billedWh, key: `${id}:${meterStopWh}` }];
}
