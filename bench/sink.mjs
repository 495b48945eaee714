// The callback address of the buyer app. It acknowledges at once and records the confirmed orders.
import { createServer } from 'node:http';
import { serveTasks } from './load-process.mjs';

const ACK = '{"message":{"ack":{"status":"ACK"}}}';
const HEADERS = { 'Content-Type': 'application/json', 'Content-Length': ACK.length };
let callbacks = 0;
let refusals = 0;
let lastRefusal = '';
let orders = {};

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, HEADERS).end(ACK);
    callbacks += 1;
    const body = Buffer.concat(chunks);
    if (body.includes('"error":')) {
      refusals += 1;
      lastRefusal = body.toString().slice(0, 2000);
    }
    if (!request.url.endsWith('/on_confirm')) return;
    const { context, message } = JSON.parse(body.toString());
    if (message?.order) orders[context.transaction_id] = message.order.id;
  });
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

server.listen(0, '127.0.0.1', () =>
  serveTasks(
    {
      /**
       * Waits until `count` callbacks have arrived since the last call, or for `withinMs`. Returns how many have
       * arrived, how many of them carry an error, the last such body and the order ids by transaction.
       */
      async arrived({ count, withinMs = 30_000 }) {
        const until = Date.now() + withinMs;
        while (callbacks < count && Date.now() < until) await pause(2);
        const answer = { callbacks, refusals, lastRefusal, orders };
        [callbacks, refusals, orders] = [0, 0, {}];
        return answer;
      },
    },
    { port: server.address().port },
  ),
);
