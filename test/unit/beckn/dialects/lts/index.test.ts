/** Reading and rendering of contracts and errors in cases that the golden files do not cover. */
import { describe, expect, it } from 'vitest';
import { ackBody, CORE_1X_ACK_FORMAT } from '../../../../../src/beckn/protocol/ack-format.js';
import { valueAt, readList } from '../../../../../src/beckn/protocol/json-reading.js';
import { lts } from '../../../../../src/beckn/dialects/lts/index.js';
import { ackResponse } from '../../../../../src/beckn/protocol/nack-codes.js';
import type { CallbackContent } from '../../../../../src/ports/callback-delivery.js';
import type { PeerSettings } from '../../../../../src/config/config.js';
import type { Order } from '../../../../../src/domain/model/order.js';
import type { Json } from '../../../../../src/domain/model/object.js';
import { AT, completedOrder, PEER, sampleOrder, SITE } from '../../samples.js';

const reported = (content: CallbackContent, peer: PeerSettings = PEER) =>
  lts.render(
    { action: 'on_status', at: AT, content, subscriber: { bppId: 'bpp', bppUri: 'https://bpp.example' } },
    peer,
  );
const contractOf = (order: Order): unknown =>
  valueAt(reported({ type: 'order', order, site: SITE }), 'message', 'contract');
const read = (action: string, contract: Json): unknown => lts.read(action, {}, { contract }, PEER);

describe('a confirm', () => {
  const commitments = [{ resources: [{ id: 'cp-7-1' }] }];
  const paid = { id: 'p', status: 'COMPLETE', beneficiary: 'BAP', amount: { currency: 'inr', value: 124.2 } };
  const back = { id: 'r', status: 'COMPLETE', beneficiary: 'BUYER', amount: { currency: 'INR', value: 9 } };

  it('is paid by the settlement that pays, wherever it stands', () => {
    for (const settlements of [[back, paid], [paid, back], [paid]]) {
      expect(read('confirm', { commitments, settlements })).toMatchObject({
        payment: { paid: { decimal: '124.2', currency: 'INR' } },
      });
    }
    expect(read('confirm', { commitments, settlements: [back] })).toMatchObject({ payment: 'unstated' });
  });

  it('is paid once: by the settlement that is paid, and not by two', () => {
    const pending = { ...paid, id: 'q', status: 'PENDING', amount: { currency: 'INR', value: 5 } };
    expect(read('confirm', { commitments, settlements: [pending, paid] })).toMatchObject({
      payment: { paid: { decimal: '124.2' } },
    });
    expect(read('confirm', { commitments, settlements: [pending] })).toMatchObject({ payment: 'unpaid' });
    expect(read('confirm', { commitments, settlements: [back, paid, { ...paid, id: 'p2' }] })).toMatchObject({
      refusal: { code: 'payment-missing', path: 'message.contract.settlements[2]' },
    });
  });

  it('takes payment, collector and terms from the same settlement', () => {
    const old = { id: 'old', status: 'DRAFT', beneficiary: 'BPP', txnRef: 'OLD' };
    expect(read('confirm', { commitments, settlements: [old, { ...paid, txnRef: 'T2' }] })).toMatchObject({
      payment: { reference: 'T2' },
      paymentPreference: { collectedBy: 'BAP' },
      passthrough: { payment: { id: 'p', beneficiary: 'BAP', txnRef: 'T2' } },
    });
    expect(read('init', { commitments, settlements: [old, { ...old, beneficiary: 'BAP' }] })).toMatchObject({
      paymentPreference: { collectedBy: 'BPP' },
    });
  });

  it('discharges the consideration that its settlement names, and no other', () => {
    const consideration = [
      { id: 'a', considerationAttributes: { totalAmount: 1 } },
      { id: 'b', considerationAttributes: { totalAmount: 2, currency: 'INR' } },
    ];
    const settled = (considerationId: string) =>
      read('confirm', { commitments, consideration, settlements: [{ status: 'COMPLETE', considerationId }] });
    expect(settled('b')).toMatchObject({ payment: { paid: { decimal: '2', currency: 'INR' } } });
    expect(settled('c')).toMatchObject({ refusal: { code: 'payment-missing', path: 'message.contract.settlements' } });
  });

  it('is of the participant that buys, by type or role', () => {
    const person = { name: 'A Rider', telephone: '+91-9000000001', email: 'no address' };
    const participants = [
      { id: 'acme', participantAttributes: { '@type': 'Provider', person: { name: 'Not me' } } },
      { id: 'user-7', participantAttributes: { role: 'buyer', person } },
    ];
    const buyer = { id: 'user-7', name: 'A Rider', phone: '+91-9000000001' };
    expect(read('init', { commitments, participants })).toMatchObject({ passthrough: { buyer } });
    expect(read('init', { commitments, participants: participants.slice(0, 1) })).not.toHaveProperty(
      'passthrough.buyer',
    );
  });
});

describe('a contract', () => {
  it('names resource, commitment and buyer as the buyer app did', () => {
    const passthrough = { item: 'their-name', commitment: 'c-9', buyer: { id: 'user-7' } };
    const contract = contractOf(sampleOrder({ state: 'confirmed', passthrough }));
    const [commitment] = readList(valueAt(contract, 'commitments'));
    expect(commitment).toMatchObject({
      id: 'c-9',
      resources: [{ id: 'their-name' }],
      offer: { resourceIds: ['their-name'] },
    });
    expect(readList(valueAt(contract, 'performance'))[0]).toMatchObject({ commitmentIds: ['c-9'] });
    expect(readList(valueAt(contract, 'participants')).map((one) => valueAt(one, 'id'))).toEqual(['acme', 'user-7']);
    const unsaid = contractOf(sampleOrder({ state: 'confirmed' }));
    expect(readList(valueAt(unsaid, 'commitments'))[0]).toMatchObject({
      id: 'commitment-1',
      resources: [{ id: 'cp-7-1' }],
    });
    expect(readList(valueAt(unsaid, 'participants')).map((one) => valueAt(one, 'id'))).toEqual(['acme', 'bap.example']);
  });

  it('has money that went back beside what was paid, not instead of it', () => {
    const { bill } = completedOrder();
    const refund = bill?.refund ?? 0;
    const payment = { paid: 12_420, collectedBy: 'BPP', status: 'refunded', plan: 'bpp-prepaid' } as Order['payment'];
    expect(refund).toBeGreaterThan(0);
    expect(valueAt(contractOf(completedOrder({ ...(payment && { payment }) })), 'settlements')).toMatchObject([
      { status: 'COMPLETE', beneficiary: 'BPP', amount: { value: 124.2 } },
      { status: 'COMPLETE', beneficiary: 'BUYER', amount: { value: refund / 100 } },
    ]);
    expect(valueAt(contractOf(completedOrder()), 'settlements')).toMatchObject([
      { status: 'COMPLETE', beneficiary: 'BAP', amount: { value: 124.2 } },
      { status: 'COMMITTED', beneficiary: 'BUYER', amount: { value: refund / 100 } },
    ]);
  });

  it('calls what makes it cheaper a discount, whatever it is for', () => {
    const { quote } = sampleOrder();
    const lines = [...quote.lines, { code: 'flat', title: 'Goodwill', amount: -500 } as const];
    const contract = contractOf(sampleOrder({ quote: { ...quote, lines, total: quote.total - 500 } }));
    const owed = valueAt(readList(valueAt(contract, 'consideration'))[0], 'considerationAttributes');
    expect(readList(valueAt(owed, 'breakup')).map((one) => valueAt(one, 'type'))).toEqual([
      'BASE_PRICE',
      'TAX',
      'FEE',
      'DISCOUNT',
    ]);
  });
});

describe('an error', () => {
  const content: CallbackContent = { type: 'error', refusal: { code: 'order-unknown', path: 'message.order_id' } };

  it('has the names that its peer knows', () => {
    const details = { path: 'message.contract.id' };
    expect(reported(content).error).toMatchObject({ errorCode: '30010', details });
    expect(reported(content).error).not.toHaveProperty('code');
    expect(reported(content, { ...PEER, errorNames: 'code' }).error).toMatchObject({ code: '30010', details });
  });

  it('of a refusal without a place has none, at the door either', () => {
    expect(lts.translateRefusal?.({ code: 'order-unknown' })).toEqual({ code: 'order-unknown' });
    expect(lts.translateRefusal?.({ code: 'order-unknown', path: 'context.ttl' })).toMatchObject({
      path: 'context.ttl',
    });
  });
});

it('an ACK of core 1.x in all but its receipt is not the plain one', () => {
  const voice = { format: CORE_1X_ACK_FORMAT, countersign: () => 'S' };
  expect(ackResponse(200, voice).body).toBe(ackBody(voice));
  expect(ackResponse(200, voice).body).toContain('"signature":"S"');
});
