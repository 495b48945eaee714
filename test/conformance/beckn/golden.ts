/**
 * A scripted buyer app, whose requests come from golden files, and a scripted charger. The request pipeline, the
 * dialects and the bridge between them are the real ones.
 *
 * A golden file describes one step: the request, the pipeline's answer, the message and error of the first callback, a
 * summary of the others, and the commands to the charger. `GOLDEN=write` rewrites everything except the request: review
 * it before committing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { expect } from 'vitest';
import type { PeerSettings } from '../../../src/config/config.js';
import type { Order } from '../../../src/domain/model/order.js';
import type { BridgeHarness } from '../../fakes/bridge-harness.js';
import { settle } from '../../fakes/manual-clock.js';
import { BAP, openPipeline } from './open-pipeline.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Golden {
  /** Absent if the step starts at the charger. */
  request?: { action: string; context?: { readonly [key: string]: Json }; message?: Json };
  /** Absent for an ACK. */
  answer?: Json;
  callbacks: { action: string; [said: string]: Json }[];
  charger: Json[];
}

export interface GoldenExchange {
  readonly harness: BridgeHarness;
  /** Plays a golden file: sends its request, if any, and then runs the charger's actions in `happens`. */
  play(step: string, happens?: () => Promise<unknown>): Promise<void>;
  order(): Promise<Order>;
  /** Starts the transaction after 5 s. The next three methods send the charger's further events. */
  begin(): Promise<void>;
  /** Takes five minutes, with a reading each minute. */
  sample(energyWh: number, soc: number): Promise<void>;
  end(energyWh: number, reason: string): Promise<void>;
  status(status: 'Available' | 'Preparing' | 'Charging' | 'Finishing' | 'Faulted', errorCode?: string): Promise<void>;
  close(): Promise<void>;
}

/** The properties of a network that the exchange needs. */
export interface Manner {
  /** The folder of its golden files. */
  readonly folder: string;
  readonly peer: PeerSettings;
  readonly transaction: string;
  context(action: string, messageId: string, timestamp: string): { readonly [key: string]: Json };
  /** Fields of a request next to `message`. */
  readonly beside?: { readonly [key: string]: Json };
  /** Values that differ between runs, each with its placeholder. The order's id and tag always have one. */
  words?(order: Order | undefined): readonly (readonly [string | undefined, string])[];
  /** Asserts that a callback conforms to its network. */
  check(action: string, body: unknown): void;
  /** Summarises a message for every callback after the first. */
  shortly(message: Json | undefined): { readonly [said: string]: unknown };
}

export const CP = 'CP7';
const BASE_WH = 1_000_000;
const WRITE = process.env['GOLDEN'] === 'write';

/** @param harness Its network must offer `CP7`. */
export async function openExchange(harness: BridgeHarness, manner: Manner): Promise<GoldenExchange> {
  const door = openPipeline(harness, manner.peer);
  await harness.connect(CP);
  let callbacksSeen = 0;
  let commanded = 0;
  let messages = 0;

  const newest = async (): Promise<Order | undefined> =>
    harness.store.orderByTransaction(`main/${BAP}`, manner.transaction);

  async function named(value: unknown): Promise<Json> {
    const order = await newest();
    const words = [[order?.id, '<order>'], [order?.idTag, '<idTag>'], ...(manner.words?.(order) ?? [])] as const;
    let text = JSON.stringify(value);
    for (const [found, word] of words) if (found) text = text.replaceAll(found, word);
    text = text.replaceAll(/"remoteStartId":\d+/g, '"remoteStartId":"<number>"');
    return JSON.parse(text) as Json;
  }

  async function post({ action, context: more, message }: NonNullable<Golden['request']>): Promise<Json | undefined> {
    messages += 1;
    const messageId = `4618752a-c502-4503-bd75-${String(messages).padStart(12, '0')}`;
    const context = { ...manner.context(action, messageId, new Date(harness.clock.now()).toISOString()), ...more };
    const order = await newest();
    const said = JSON.stringify({ context, ...(message !== undefined && { message }), ...manner.beside });
    const rawBody = Buffer.from(said.replaceAll('<order>', order?.id ?? ''));
    const answer = await door.process({ action, rawBody, headers: {} });
    return answer.status === 200 ? undefined : (JSON.parse(answer.body) as Json);
  }

  async function since(): Promise<Pick<Golden, 'callbacks' | 'charger'>> {
    const callbacks = harness.callbacks.slice(callbacksSeen);
    callbacksSeen = harness.callbacks.length;
    const commands = harness.commands.slice(commanded);
    commanded = harness.commands.length;
    const bodies = callbacks.map(({ action, body }, index) => {
      manner.check(action, body);
      const { message, error } = body as unknown as { message?: Json; error?: Json };
      if (index > 0) return { action, ...manner.shortly(message) };
      return { action, ...(message !== undefined && { message }), ...(error !== undefined && { error }) };
    });
    return { callbacks: (await named(bodies)) as Golden['callbacks'], charger: (await named(commands)) as Json[] };
  }

  const energyAt = (energyWh: number): number => BASE_WH + energyWh;
  async function report(energyWh: number, soc: number): Promise<void> {
    const samples = [
      { at: harness.clock.now(), registerWh: energyAt(energyWh), soc, voltage: 400, current: 75, powerW: 30_000 },
    ];
    const transactionId = (await exchange.order()).session?.transactionId;
    await harness.sendEvent(
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
  }

  const exchange: GoldenExchange = {
    harness,
    async play(step, happens) {
      const file = join(manner.folder, `${step}.json`);
      const golden = existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as Golden)
        : { callbacks: [], charger: [] };
      const { request } = golden;
      const refused = request ? await post(request) : undefined;
      await settle(10);
      await happens?.();
      await settle(10);
      const answer = refused === undefined ? {} : { answer: refused };
      const played: Golden = { ...(request && { request }), ...answer, ...(await since()) };
      if (WRITE) writeFileSync(file, (await format(file, JSON.stringify(played), { printWidth: 120 })).code);
      else expect(played).toEqual(golden);
    },
    async order() {
      const order = await newest();
      if (!order) throw new Error('there is no order yet');
      return harness.order(order.id);
    },
    async begin() {
      await harness.clock.advance(5000);
      await harness.startTransaction(await exchange.order(), BASE_WH);
    },
    async sample(energyWh, soc) {
      // The bridge stops a charger that is silent for long, so readings come every minute. Only the callbacks of the
      // last one are compared.
      const { session } = await exchange.order();
      const fromWh = session?.meter.energyWh ?? 0;
      const shown = harness.callbacks.length;
      for (const fifths of [1, 2, 3, 4]) {
        await harness.clock.advance(60_000);
        await report(Math.round(fromWh + ((energyWh - fromWh) * fifths) / 5), soc);
      }
      harness.callbacks.splice(shown);
      await harness.clock.advance(60_000);
      await report(energyWh, soc);
    },
    async end(energyWh, reason) {
      await harness.clock.advance(3000);
      const order = await exchange.order();
      await harness.sendEvent(
        {
          type: 'transaction-stopped',
          transactionId: order.session?.transactionId ?? '',
          idTag: order.idTag ?? '',
          meterStopWh: energyAt(energyWh),
          at: harness.clock.now(),
          reason,
          samples: [],
          raw: '{}',
        },
        CP,
      );
      await settle(10);
    },
    async status(status, errorCode = 'NoError') {
      await harness.sendEvent({ type: 'connector-status-changed', connectorId: 1, status, errorCode }, CP);
      await settle(10);
    },
    close: () => harness.stop(),
  };
  return exchange;
}
