/** Planted bugs: writes are incomplete, in the wrong order or late, or another process writes too. */
import type { PlantedBug } from './planted-bug.js';

export const STORE_BUGS: readonly PlantedBug[] = [
  {
    bug: 'a transaction is closed before its order, and the repeated stop counts as applied',
    edits: [
      {
        file: 'store/mongo/write-group.ts',
        find: '    const decided = await this.#writeOrders(await this.#acceptedRequests.insert(numbered));',
        put: `    await project(writes, batches.map(({ batch }) => ({ transactions: batch.rest.transactions ?? [] })));
    const decided = await this.#writeOrders(await this.#acceptedRequests.insert(numbered));`,
      },
      {
        file: 'bridge/transactions/start-stop-transaction.ts',
        find: '    if (isRecorded && isTerminal(order)) return outcome;',
        put: '    if (isRecorded) return outcome;',
      },
    ],
    faults: ['mongo', 'store-cut', 'cut-kills'],
    invariants: ['I5', 'I8', 'I10', 'I17', 'I18', 'liveness'],
  },
  {
    bug: 'the other records of a decision are lost when the connection breaks after its order',
    edits: [
      {
        file: 'store/mongo/write-group.ts',
        find: '...(restSize > 0 && { pending: JSON.stringify(rest) }),',
        put: '...(restSize < 0 && { pending: JSON.stringify(rest) }),',
      },
    ],
    faults: ['mongo', 'store-cut', 'stop-lost', 'meter-reset'],
  },
  {
    bug: 'a second process gets the database while another one uses it',
    edits: [
      {
        file: 'store/mongo/lease.ts',
        find: "{ _id: 'lease', $expr: trusted({ $lte: ['$until', '$$NOW'] }) },",
        put: "{ _id: 'lease' },",
      },
    ],
    faults: ['mongo', 'second-process'],
  },
  {
    bug: 'a request counts as accepted although its order was never written',
    edits: [
      {
        file: 'store/mongo/reads.ts',
        find: 'return !found.claim || (await isAccepted(this.collections, key, found.claim)) ? record : undefined;',
        put: 'return record;',
      },
    ],
    faults: ['mongo', 'store-cut', 'late-writes'],
  },
  {
    bug: 'a write that arrives late undoes a newer one of its record',
    edits: [
      {
        file: 'store/mongo/fenced-writes.ts',
        find: "const isNewer = { $lt: ['$written', { $literal: document.written }] };",
        put: 'const isNewer = true;',
      },
    ],
    faults: ['mongo', 'store-cut', 'late-writes', 'local-start'],
  },
  {
    bug: 'what stations report of running transactions fills the frame journal, so that it has no room for a stop',
    edits: [
      {
        file: 'store/disk/frame-journal.ts',
        find: "event.type !== 'transaction-event' || event.eventType !== 'updated'",
        put: "event.type !== 'meter-sampled'",
      },
    ],
    faults: ['stations', 'store-away', 'unanswered-start'],
    invariants: ['I8'],
  },
];
