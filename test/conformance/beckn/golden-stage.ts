/**
 * A buyer app of one dialect that says what stands in golden files, and a charger that is played word by word; the door, the dialect
 * and the bridge between them are the product's own.
 *
 * A golden file is one step: what is sent, how the door answers, the first callback that comes of it, what the others
 * say in short, and what the charger is told. `GOLDEN=write` writes all but the request anew: to be read before it is
 * committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { expect } from 'vitest';
import { readNetwork } from '../../../src/config/network.js';
import type { PaymentProvider } from '../../../src/bridge/ports/payments.js';
import type { Network } from '../../../src/domain/network.js';
import type { Order } from '../../../src/domain/order.js';
import { type BecknFamily, becknCheck } from '../../../src/schema/validators.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { PEER } from '../../unit/beckn/samples.js';
import { BAP, openDoor } from './open-door.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Golden {
  /** Absent: nobody asked. */
  request?: { action: string; context?: { [key: string]: Json }; message?: Json };
  /** Absent: an ACK. */
  answer?: Json;
  callbacks: { action: string; [said: string]: Json }[];
  charger: Json[];
}

/** What differs from dialect to dialect. */
export interface Language {
  /** Where its golden files lie. */
  readonly folder: string;
  readonly family: BecknFamily;
  context(action: string, messageId: string, timestamp: string): { readonly [key: string]: Json };
  /** What the published schema finds wrong with a callback, where it is to be had. */
  published?(action: string, body: unknown): string | undefined;
  /** A message in a few words. */
  shortly(message: unknown): object;
}

export interface Stage {
  readonly world: BridgeWorld;
  /** Plays a golden file: its request, or what the charger does by itself. */
  play(step: string, happens?: () => Promise<unknown>): Promise<void>;
  order(): Promise<Order>;
  begin(): Promise<void>;
  sample(energyWh: number, soc: number): Promise<void>;
  end(energyWh: number, reason: string): Promise<void>;
  status(status: 'Available' | 'Preparing' | 'Charging' | 'Finishing' | 'Faulted', errorCode?: string): Promise<void>;
  close(): Promise<void>;
}

const CP = 'CP7';
const BASE_WH = 1_000_000;
export const TRANSACTION = '2b4d69aa-0000-4c78-9f56-5a7b9e2b2002';
const WRITE = process.env['GOLDEN'] === 'write';

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
export async function createGoldenStage(language: Language, payments?: PaymentProvider): Promise<Stage> {
  const world = await createBridgeWorld(NETWORK, undefined, {
    ...(payments && { payments, terms: () => ({ payments: ['bap-prepaid', 'bpp-prepaid'] }) }),
  });
  const door = openDoor(world, PEER);
  await world.connect(CP);
  let told = 0;
  let commanded = 0;
  let messages = 0;

  const newest = async (): Promise<Order | undefined> => world.store.orderByTransaction(BAP, TRANSACTION);

  /** What differs from run to run stands as a word. */
  async function named(value: unknown): Promise<Json> {
    const order = await newest();
    let text = JSON.stringify(value);
    for (const [found, word] of [
      [order?.id, '<order>'],
      [order?.idTag, '<idTag>'],
    ] as const)
      if (found) text = text.replaceAll(found, word);
    text = text.replaceAll(/"remoteStartId":\d+/g, '"remoteStartId":"<number>"');
    return JSON.parse(text) as Json;
  }

  async function post({ action, context: more, message }: NonNullable<Golden['request']>): Promise<Json | undefined> {
    messages += 1;
    const messageId = `4618752a-c502-4503-bd75-${String(messages).padStart(12, '0')}`;
    const context = { ...language.context(action, messageId, new Date(world.clock.now()).toISOString()), ...more };
    const order = await newest();
    // Successful messages of this network carry an empty error.
    const said = JSON.stringify({ context, ...(message !== undefined && { message }), error: {} });
    const answer = await door.receive({
      action,
      rawBody: Buffer.from(said.replaceAll('<order>', order?.id ?? '')),
      headers: {},
    });
    return answer.status === 200 ? undefined : (JSON.parse(answer.body) as Json);
  }

  async function since(): Promise<Pick<Golden, 'callbacks' | 'charger'>> {
    const callbacks = world.told.slice(told);
    told = world.told.length;
    const commands = world.commands.slice(commanded);
    commanded = world.commands.length;
    const bodies = callbacks.map(({ action, body }, index) => {
      expect(becknCheck(language.family, action)?.(body)).toBeUndefined();
      expect(language.published?.(action, body), action).toBeUndefined();
      const { message, error } = body as unknown as { message?: Json; error?: Json };
      if (index > 0) return { action, ...shortly(message) };
      return { action, ...(message !== undefined && { message }), ...(error !== undefined && { error }) };
    });
    return { callbacks: (await named(bodies)) as Golden['callbacks'], charger: (await named(commands)) as Json[] };
  }

  function shortly(message: Json | undefined): { [said: string]: Json } {
    return JSON.parse(JSON.stringify(language.shortly(message))) as { [said: string]: Json };
  }

  const stage: Stage = {
    world,
    async play(step, happens) {
      const file = join(language.folder, `${step}.json`);
      const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
      const { request } = golden;
      const refused = request ? await post(request) : undefined;
      await settle(10);
      await happens?.();
      await settle(10);
      const answer = refused === undefined ? {} : { answer: refused };
      const played: Golden = { ...(request && { request }), ...answer, ...(await since()) };
      if (WRITE) writeFileSync(file, await format(JSON.stringify(played), { parser: 'json', printWidth: 120 }));
      else expect(played).toEqual(golden);
    },
    async order() {
      const order = await newest();
      if (!order) throw new Error('there is no order yet');
      return world.order(order.id);
    },
    async begin() {
      await world.clock.advance(5000);
      await world.begin(await stage.order(), BASE_WH);
    },
    async sample(energyWh, soc) {
      await world.clock.advance(300_000);
      const transactionId = (await stage.order()).session?.transactionId;
      const samples = [
        { at: world.clock.now(), registerWh: BASE_WH + energyWh, soc, voltage: 400, current: 75, powerW: 30_000 },
      ];
      await world.charger(
        {
          type: 'meter-sampled',
          connectorId: 1,
          samples,
          raw: JSON.stringify(samples),
          ...(transactionId !== undefined && { transactionId }),
        },
        CP,
      );
      await settle(10);
    },
    async end(energyWh, reason) {
      await world.clock.advance(3000);
      const order = await stage.order();
      await world.charger(
        {
          type: 'transaction-stopped',
          transactionId: order.session?.transactionId ?? '',
          idTag: order.idTag ?? '',
          meterStopWh: BASE_WH + energyWh,
          at: world.clock.now(),
          reason,
          samples: [],
          raw: '{}',
        },
        CP,
      );
      await settle(10);
    },
    async status(status, errorCode = 'NoError') {
      await world.charger({ type: 'connector-status-changed', connectorId: 1, status, errorCode }, CP);
      await settle(10);
    },
    close: () => world.stop(),
  };
  return stage;
}
