// Writes until it is killed, and prints a line for every acknowledged write.
//   node store-writer.mjs sqlite <file> <prefix>    node store-writer.mjs mongo <uri> <prefix>
import { writeSync } from 'node:fs';

const [kind, where, prefix] = process.argv.slice(2);
const dist = new URL('../../dist/', import.meta.url);
const { systemClock: clock } = await import(new URL('observe/system-clock.js', dist));

async function open() {
  if (kind === 'mongo') {
    const { createMongoStore } = await import(new URL('store/mongo/mongo-store.js', dist));
    return createMongoStore({ uri: where, clock });
  }
  const { createSqliteStore } = await import(new URL('store/sqlite/sqlite-store.js', dist));
  return createSqliteStore({ path: where, clock });
}

const store = await open();
await store.start();
const print = (...fields) => writeSync(1, `${fields.join(' ')}\n`);
const entry = (seq, orderId) => {
  return { seq, chargePointId: 'cp', connectorId: 1, orderId, receivedAt: clock.now(), raw: `{"seq":${seq}}` };
};

async function orders(id, template) {
  for (let version = 1; ; version++) {
    const seq = store.nextJournalSeq();
    const order = { ...template, id, version, connector: { ...template.connector, chargePointId: id } };
    await store.commit({ meterEntries: [entry(seq, id)], orders: [{ order, expectedVersion: version - 1 }] });
    print('order', id, version);
    print('meter', id, seq);
    if (version % 10 === 0) print('number', await store.nextNumber('transactionId'));
  }
}

async function meter(id) {
  for (;;) {
    const seqs = Array.from({ length: 5 }, () => store.nextJournalSeq());
    await Promise.all(seqs.map((seq) => store.appendMeterEntry(entry(seq, id))));
    for (const seq of seqs) print('meter', id, seq);
  }
}

const template = JSON.parse(process.env.ORDER);
for (let i = 0; i < 8; i++) void orders(`${prefix}-${i}`, template);
void meter(`${prefix}-0`);
