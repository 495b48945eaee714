/** What the dialects around `ev-charging` say differently; everything else they share. */
import type { PriceLine } from '../../../domain/model/quote.js';

/** An order as these dialects tell it, in the order of its life. */
export type Phase =
  | 'quoted'
  | 'initiated'
  | 'confirmed'
  | 'starting'
  | 'charging'
  | 'faulted'
  | 'stopping'
  | 'ended'
  | 'cancelled'
  | 'broken';

export interface Spelling {
  /** `fulfillments[].state.descriptor.code`; a phase without one has no state. */
  readonly stateCodes: Readonly<Partial<Record<Phase, string>>>;
  /** What the last stop is called. */
  readonly endStopType: 'end' | 'finish';
  /** What an id of `fulfillments` names: a charge point, whose connectors are items, or one connector. */
  readonly fulfillmentPer: 'charge-point' | 'connector';
  /** Name of the group that describes a fulfillment. */
  readonly specificationsName: string;
  /** Title of a line of the quote, or of the bill. */
  title(line: PriceLine, final: boolean): string;
  /** Whether a state carries the connector's raw OCPP status in its `long_desc`. */
  readonly includesRawStatus: boolean;
  /** The category of a connector with this rated power, W; none where the dialect has no such thing. */
  category?(powerW: number): string;
}

/** The words of B and C. */
export const COMMON_STATE_CODES: Readonly<Partial<Record<Phase, string>>> = {
  initiated: 'order-initiated',
  confirmed: 'payment-completed',
  starting: 'start-charging',
  charging: 'charging-started',
  faulted: 'charger-error',
  stopping: 'end-charging',
  ended: 'charging-ended',
  cancelled: 'order-cancelled',
  broken: 'charger-error',
};
