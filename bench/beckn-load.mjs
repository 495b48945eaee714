// The load of the buyer app. Every request is signed before the measurement starts.
import { randomUUID } from 'node:crypto';
import { openConnections, prepare } from './buyer.mjs';
import { serveTasks } from './load-process.mjs';

const CONNECTIONS = 32;
const prepared = new Map();
const buyerConnections = new Map();

const connectionsTo = async (url) => {
  if (!buyerConnections.has(url)) buyerConnections.set(url, await openConnections(url, CONNECTIONS));
  return buyerConnections.get(url);
};

serveTasks({
  /** Signs the requests and stores them under `name`. Returns their transaction ids in the same order. */
  async prepare({ name, action, identity, bppUri, requests }) {
    const whole = requests.map((details) => ({ transactionId: randomUUID(), ...details }));
    prepared.set(name, await Promise.all(whole.map((details) => prepare(identity, bppUri, action, details))));
    return { transactions: whole.map(({ transactionId }) => transactionId) };
  },
  async post({ name, url }) {
    const { seconds, latencies } = await (await connectionsTo(url)).postAll(prepared.get(name));
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.floor(share * (latencies.length - 1))];
    return { count: latencies.length, seconds, p50: at(0.5), p99: at(0.99) };
  },
});
