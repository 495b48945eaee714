/** A golden exchange for the dialects of Beckn 2.0, on one network. */
import { expect } from 'vitest';
import { readNetwork } from '../../../src/config/network-file/load-network.js';
import type { PaymentProvider } from '../../../src/ports/payment-provider.js';
import type { Network } from '../../../src/domain/model/network.js';
import { type BecknFamily, becknCheck } from '../../../src/schema/validators.js';
import { createBridgeHarness } from '../../fakes/bridge-harness.js';
import { PEER } from '../../unit/beckn/samples.js';
import { CP, type Manner, openExchange, type GoldenExchange } from './golden.js';

export type { Json, GoldenExchange } from './golden.js';

/** The parts of an exchange that differ between dialects. */
export interface Language extends Pick<Manner, 'folder' | 'context' | 'shortly'> {
  readonly family: BecknFamily;
  /** Returns the violations of the published schema in a callback. Absent if the schema is not available. */
  published?(action: string, body: unknown): string | undefined;
}

export const TRANSACTION = '2b4d69aa-0000-4c78-9f56-5a7b9e2b2002';

/** The network as an operator configures it (`config/network.schema.json`). */
export const NETWORK: Network = soldAs({
  name: 'Acme Charge',
  tariffs: {
    day: {
      currency: 'INR',
      pricePerKwh: 1800,
      serviceFee: 500,
      taxes: [{ name: 'GST', rateBps: 1800, on: ['energy', 'service-fee'] }],
    },
  },
  providers: [
    {
      id: 'acme',
      name: 'Acme CPO',
      operatorCode: 'ACM',
      support: { phone: '18001080', email: 'help@acme.example', url: 'https://acme.example/help' },
      settlementAccount: { accountHolderName: 'Acme Ltd', accountNumber: '1234567890123', ifscCode: 'ACME0001234' },
      stations: [
        {
          id: 'STATION001',
          name: 'MG Road hub',
          latitude: 12.9716,
          longitude: 77.5946,
          address: 'MG Road',
          city: { code: 'std:080', name: 'Bengaluru' },
          state: 'Karnataka',
          country: { code: 'IND', name: 'India' },
          chargePoints: [
            {
              id: CP,
              connectors: [
                { ...plug(1), vehicleTypes: ['4-WHEELER'] },
                {
                  ...plug(2),
                  standard: 'Type2',
                  powerType: 'AC',
                  maxPowerW: 7400,
                  qrIdentifier: 'https://q.example/2',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
});

function plug(connectorId: number) {
  return {
    connectorId,
    standard: 'CCS2',
    powerType: 'DC',
    maxPowerW: 60_000,
    tariff: 'day',
    options: { energy: 60_000 },
  };
}

function soldAs(file: unknown): Network {
  const read = readNetwork(file);
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  return read.network;
}

/** @param payments The payment provider; without one, the BPP collects no payments. */
export async function createCore2xExchange(language: Language, payments?: PaymentProvider): Promise<GoldenExchange> {
  const harness = await createBridgeHarness(NETWORK, undefined, {
    ...(payments && {
      paymentProvider: payments,
      buyerTerms: () => ({ paymentModels: ['bap-prepaid', 'bpp-prepaid'] }),
    }),
  });
  return openExchange(harness, {
    ...language,
    peer: PEER,
    transaction: TRANSACTION,
    // Successful messages of these networks carry an empty error.
    beside: { error: {} },
    check(action, body) {
      expect(becknCheck(language.family, action)?.(body)).toBeUndefined();
      expect(language.published?.(action, body), action).toBeUndefined();
    },
  });
}
