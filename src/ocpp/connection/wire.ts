/** How one charge point speaks and is to be spoken to, as it is configured. */
import type { Quirk } from '../quirks/quirk.js';

export interface ChargePointSettings {
  /** `auto`: the first frame of each socket decides. */
  readonly dialect: 'auto' | 'ocpp-j' | 'envelope';
  /** Answers every fault with its CALLERROR, as a certification asks for. Off: what can be read is read. */
  readonly strict: boolean;
  readonly quirks: readonly Quirk[];
}

export const DEFAULT_CHARGE_POINT_SETTINGS: ChargePointSettings = { dialect: 'ocpp-j', strict: false, quirks: [] };
