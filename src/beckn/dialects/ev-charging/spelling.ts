/** Defines how the `ev-charging` dialects differ from each other. */
import type { PriceLine } from '../../../domain/model/quote.js';

/** The phases of an order, from quote to end. */
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
  | 'aborted';

export interface Spelling {
  /** `fulfillments[].state.descriptor.code` of each phase; in a phase without a code, no state is sent. */
  readonly stateCodes: Readonly<Partial<Record<Phase, string>>>;
  /** The type of the last stop. */
  readonly endStopType: 'end' | 'finish';
  /** What a fulfillment stands for: a charge point, whose connectors are items, or one connector. */
  readonly fulfillmentPer: 'charge-point' | 'connector';
  /** Name of the tag group that describes a fulfillment. */
  readonly specificationsName: string;
  /** Returns the title of a line of the bill or, before there is a bill, of the quote. */
  title(line: PriceLine, isBill: boolean): string;
  /** Whether a state carries the connector's OCPP status, as JSON, in its `long_desc`. */
  readonly includesRawStatus: boolean;
  /** Returns the category of a connector with this rated power, W; absent in dialects without categories. */
  category?(powerW: number): string;
}

/** The state codes of `dent-ev-charging` and `ev-charging-uei`. */
export const COMMON_STATE_CODES: Readonly<Partial<Record<Phase, string>>> = {
  initiated: 'order-initiated',
  confirmed: 'payment-completed',
  starting: 'start-charging',
  charging: 'charging-started',
  faulted: 'charger-error',
  stopping: 'end-charging',
  ended: 'charging-ended',
  cancelled: 'order-cancelled',
  aborted: 'charger-error',
};
