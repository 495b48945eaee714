// The buyer app's side: everything is signed before the clock starts.
import { randomUUID } from 'node:crypto';
import { openLines, prepare } from './buyer.mjs';
import { serveTasks } from './load-process.mjs';

const CONNECTIONS = 32;
const prepared = new Map();
const lines = new Map();

const linesTo = async (url) => {
  if (!lines.has(url)) lines.set(url, await openLines(url, CONNECTIONS));
  return lines.get(url);
};

serveTasks({
  /** Signs one request for each of the details and keeps them under a name. `transactions` are theirs, in order. */
  async prepare({ name, action, identity, bppUri, details }) {
    const whole = details.map((one) => ({ transactionId: randomUUID(), ...one }));
    prepared.set(name, await Promise.all(whole.map((one) => prepare(identity, bppUri, action, one))));
    return { transactions: whole.map(({ transactionId }) => transactionId) };
  },
  async post({ name, url }) {
    const { seconds, latencies } = await (await linesTo(url)).postAll(prepared.get(name));
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.floor(share * (latencies.length - 1))];
    return { count: latencies.length, seconds, p50: at(0.5), p99: at(0.99) };
  },
});
