/** Checks whether a register can follow an earlier one of the same meter. */

/** A register value and when we received it. @unit Wh; our time, epoch ms. */
export interface KnownRegister {
  readonly registerWh: number;
  readonly receivedAt: number;
}

/** Registers are rounded, and clocks differ, so a register this far out of range is still plausible, Wh. */
const SLACK_WH = 200;
/** A fall of the register by no more than this means nothing, Wh. */
const JITTER_WH = 10;

/**
 * Checks whether a register value lies between the last known one and the most that the register can have reached since
 * then, give or take 200 Wh; true if there is no value.
 * @unit Wh and W; `now` in our time, epoch ms.
 */
export function continuesRegister(
  { registerWh: lastWh, receivedAt }: KnownRegister,
  { registerWh, now }: { readonly registerWh?: number | undefined; readonly now: number },
  maxPowerW: number,
): boolean {
  if (registerWh === undefined) return true;
  const flowedWh = (Math.max(0, now - receivedAt) * maxPowerW) / 3_600_000;
  return isNotBelow(lastWh, registerWh) && registerWh <= lastWh + flowedWh + SLACK_WH;
}

/** Checks whether a register is not clearly below the last known one; true if it is absent. @unit Wh */
export function isNotBelow(lastWh: number, registerWh: number | undefined): boolean {
  return registerWh === undefined || registerWh >= lastWh - SLACK_WH;
}

/**
 * Returns the energy between the registers of a transaction's start and end; a rise of up to 10 Wh means nothing.
 * @unit   Wh
 * @errors None; `undefined` if the end is unknown, or lies below the start: it may be kWh, or the meter was reset.
 */
export function energyBetween(startWh: number, endWh: number | undefined): number | undefined {
  if (endWh === undefined || isBelow(startWh, endWh)) return undefined;
  return endWh <= startWh + JITTER_WH ? 0 : endWh - startWh;
}

/** Checks whether a register is over 10 Wh below the last known one, as another transaction's may be. @unit Wh */
export function isBelow(lastWh: number, registerWh: number | undefined): boolean {
  return registerWh !== undefined && registerWh < lastWh - JITTER_WH;
}
