/** What a charger is told to show of a session. Registers in Wh, times epoch ms. */
import type { DisplayPrices } from '../domain/pricing/price-display.js';

export type CostCommand =
  | {
      /** The price, for whom has identified himself. */
      readonly type: 'show-price';
      readonly idTag: string;
      readonly text: string;
    }
  | {
      /** What it costs so far; a reading is wanted when the register stands at `readingAtWh`. */
      readonly type: 'show-cost';
      readonly transactionId: string;
      readonly at: number;
      readonly registerWh: number;
      /** Minor units. */
      readonly cost: number;
      readonly currency: string;
      readonly idle: boolean;
      readonly prices: DisplayPrices;
      readonly readingAtWh?: number;
    }
  | {
      readonly type: 'show-final-cost';
      readonly transactionId: string;
      readonly cost: number;
      readonly currency: string;
      readonly text: string;
    };
