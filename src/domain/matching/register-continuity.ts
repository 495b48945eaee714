/** Checks whether a register can follow an earlier one of the same meter. */

/** A register value and when we received it. @unit Wh; our time, epoch ms. */
export interface KnownRegister {
  readonly registerWh: number;
  readonly receivedAt: number;
}

/** Registers are rounded, and clocks differ, so a register this far out of range is still plausible, Wh. */
const SLACK_WH = 200;
/** A register may fall by so much without meaning anything, Wh. */
const JITTER_WH = 10;

/** Checks whether a register is between the last known one and what it can have reached since; true if it is absent. */
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

/** Checks whether a register has fallen, by a stricter measure: it may then be another transaction's. @unit Wh */
export function isBelow(lastWh: number, registerWh: number | undefined): boolean {
  return registerWh !== undefined && registerWh < lastWh - JITTER_WH;
}
