/** Defines commands that display prices and costs on a charger. Not every OCPP version and charger supports them. */
import type { DisplayPrices } from '../domain/model/tariff.js';

export type CostCommand =
  | {
      /** The price, for the driver who has presented the tag. */
      readonly type: 'show-price';
      readonly idTag: string;
      readonly text: string;
    }
  | {
      /** The cost so far. */
      readonly type: 'show-cost';
      readonly transactionId: string;
      /** When the register was read, epoch ms. */
      readonly at: number;
      readonly registerWh: number;
      /** Minor units. */
      readonly cost: number;
      readonly currency: string;
      /** Whether energy has stopped flowing, so that the idle prices apply. */
      readonly idle: boolean;
      readonly prices: DisplayPrices;
      /** Asks for a meter reading when the register reaches this value. */
      readonly readingAtWh?: number;
    }
  | {
      readonly type: 'show-final-cost';
      readonly transactionId: string;
      /** Minor units. */
      readonly cost: number;
      readonly currency: string;
      /** The bill in one sentence. */
      readonly text: string;
    };
