/** Tells whether a stop that names no known transaction ends the transaction of a start with the same tag. */
import { MOST_POWER_W } from '../model/network.js';
import { sameIdTag } from '../model/order.js';
import { continuesRegister } from './register-continuity.js';

/** A stop that names no known transaction, such as one that arrived before any start with its tag was known. */
export interface EarlyStop {
  readonly idTag: string;
  readonly meterStopWh?: number;
  /** By the charger's clock, epoch ms. */
  readonly at: number;
  /** Epoch ms, our time. */
  readonly receivedAt: number;
}

/**
 * A start with the tag of an order. `at` is by the charger's clock; `requestedAt`, before which no charger knew the
 * tag, is by ours; both epoch ms.
 */
export interface OwnStart {
  readonly idTag: string;
  /** Absent if the start carried no register. */
  readonly meterStartWh?: number | undefined;
  readonly at: number;
  readonly requestedAt: number;
}

/**
 * Checks whether a stop ends the transaction of this start, and not an earlier one with the same tag. The rated power
 * is not checked, because it may be wrong. Some chargers stamp a start when they send it, so a stop that looks older
 * than the start may still match, but only if energy flowed.
 */
export function isStopOf({ meterStopWh, at, ...stop }: EarlyStop, start: OwnStart): boolean {
  if (!sameIdTag(stop.idTag, start.idTag)) return false;
  const isOlder = at < start.at;
  const { meterStartWh } = start;
  if (meterStopWh === undefined || meterStartWh === undefined) return !isOlder;
  const begun = { registerWh: meterStartWh, receivedAt: start.requestedAt };
  const isPossible = continuesRegister(begun, { registerWh: meterStopWh, now: stop.receivedAt }, MOST_POWER_W);
  return isPossible && (isOlder ? meterStopWh > meterStartWh : meterStopWh >= meterStartWh);
}
