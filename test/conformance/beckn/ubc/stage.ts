/** A stage for Unified Bharat e-Charge. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { at } from '../../../../src/beckn/dialects/json-reading.js';
import type { PaymentProvider } from '../../../../src/bridge/ports/payments.js';
import { readNetwork } from '../../../../src/config/network.js';
import type { Network } from '../../../../src/domain/network.js';
import { becknCheck } from '../../../../src/schema/validators.js';
import { createBridgeWorld } from '../../../fakes/bridge-world.js';
import { PEER } from '../../../unit/beckn/samples.js';
import { CP, openStage, type Stage } from '../golden.js';
import { BAP, SELF } from '../open-door.js';

export type { Stage } from '../golden.js';

/** As an operator of this network configures it: `config/network.schema.json`. */
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

/** @param payments Who collects on our side; nobody does without. */
export async function createStage(payments?: PaymentProvider): Promise<Stage> {
  const world = await createBridgeWorld(NETWORK, undefined, {
    ...(payments && { payments, terms: () => ({ payments: ['bap-prepaid', 'bpp-prepaid'] }) }),
  });
  return openStage(world, {
    folder: join(import.meta.dirname, 'golden'),
    peer: PEER,
    transaction: '2b4d69aa-0000-4c78-9f56-5a7b9e2b2002',
    context: (action) => ({
      domain: 'beckn.one:deg:ev-charging',
      version: '2.0.0',
      bap_id: BAP,
      bap_uri: 'https://bap.example/beckn',
      ...(action !== 'discover' && { bpp_id: SELF.bppId, bpp_uri: SELF.bppUri }),
      ttl: 'PT30S',
    }),
    // Successful messages of this network carry an empty error.
    beside: { error: {} },
    check: (action, body) => expect(becknCheck('ubc-2.0.0', action)?.(body)).toBeUndefined(),
    shortly(message) {
      const order = at(message, 'order');
      const delivery = at(order, 'beckn:fulfillment', 'beckn:deliveryAttributes');
      return {
        order: at(order, 'beckn:orderStatus'),
        session: at(delivery, 'sessionStatus'),
        connector: at(delivery, 'connectorStatus'),
        payment: at(order, 'beckn:payment', 'beckn:paymentStatus'),
        value: at(order, 'beckn:orderValue', 'value'),
      };
    },
  });
}
