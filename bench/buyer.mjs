// A buyer app that signs in advance and posts over bare TCP, so that the load falls on the server under test.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { authorizationHeader, loadSodium } from '../dist/beckn/signing/signature.js';
import { BRIDGE_ID, ORDER, PROVIDER, chargePointId, stationId } from './site.mjs';

const tag = (group, code, value) => ({
  display: true,
  descriptor: { code: group, name: group },
  list: [{ display: true, descriptor: { code, name: code }, value }],
});

/** The order for one connector in `init` and `confirm`. @param place `{ point, connectorId, energyWh?, price? }` */
function orderOf({ point, connectorId, energyWh = ORDER.energyWh }) {
  const id = chargePointId(point);
  return {
    provider: { id: PROVIDER },
    items: [
      { id: stationId(point), descriptor: { code: 'charging-station' } },
      { id, descriptor: { code: 'charge-point' } },
      { id: `${id}-${connectorId}`, descriptor: { code: 'connector' } },
    ],
    tags: [tag('selected-charging-option', 'units', String(energyWh)), tag('selected-payment-method', 'method', 'UPI')],
    billing: { name: 'Bench Driver', email: 'driver@buyer.example', phone: '+910000000000' },
  };
}

/** The payment in `confirm`. The tariff of the benchmarks is ₹10 per kWh. */
const payment = ({ price = ORDER.price }) => ({
  params: { amount: price, currency: 'INR', transaction_id: randomUUID() },
  type: 'PRE-ORDER',
  status: 'PAID',
});

export const MESSAGES = {
  init: ({ place }) => ({ order: orderOf(place) }),
  confirm: ({ place }) => ({ order: { ...orderOf(place), payments: [payment(place)] } }),
  status: ({ orderId }) => ({ order_id: orderId }),
};

/** Signs one request; returns its action, the bytes of its body and its Authorization header. */
export async function prepare(identity, bppUri, action, details) {
  await loadSodium();
  const context = {
    domain: 'uei:charging',
    action,
    version: '1.0.0',
    location: { city: { name: 'Bengaluru', code: 'std:080' }, country: { name: 'India', code: 'IND' } },
    bap_id: identity.subscriberId,
    bap_uri: identity.bapUri,
    bpp_id: BRIDGE_ID,
    bpp_uri: bppUri,
    transaction_id: details.transactionId ?? randomUUID(),
    message_id: randomUUID(),
    timestamp: new Date().toISOString(),
    ttl: 'PT10M',
  };
  const body = Buffer.from(JSON.stringify({ context, message: MESSAGES[action](details) }));
  const created = Math.floor(Date.now() / 1000) - 5;
  const secretKey = Buffer.from(identity.secretKey, 'base64');
  const authorization = authorizationHeader({ ...identity, secretKey, body, created, expires: created + 600 });
  return { action, body, authorization };
}

/** One keep-alive connection that posts one request at a time. */
class RequestConnection {
  #socket;
  /** Settles the request that is being answered. */
  #pending;
  #heard = '';

  static open(url) {
    const { hostname, port, pathname } = new URL(url);
    const connection = new RequestConnection();
    connection.path = pathname.replace(/\/$/, '');
    connection.#socket = connect(Number(port), hostname);
    connection.#socket.setNoDelay(true);
    connection.#socket.on('data', (chunk) => connection.#read(chunk));
    connection.#socket.on('close', () => connection.#pending?.reject(new Error('the server closed the connection')));
    return new Promise((resolve, reject) => {
      connection.#socket.once('error', reject);
      connection.#socket.once('connect', () => resolve(connection));
    });
  }

  /** Resolves with the status and the body. @errors Throws while another request is being answered. */
  post({ action, body, authorization }) {
    if (this.#pending) throw new Error('the connection waits for an answer');
    this.#socket.cork();
    this.#socket.write(
      `POST ${this.path}/${action} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Authorization: ${authorization}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    this.#socket.write(body);
    this.#socket.uncork();
    return new Promise((resolve, reject) => (this.#pending = { resolve, reject }));
  }

  close() {
    this.#socket.destroy();
  }

  #read(chunk) {
    this.#heard += chunk.toString('latin1');
    const end = this.#heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#heard)?.[1] ?? 0);
    if (this.#heard.length < end + 4 + length) return;
    const answer = { status: Number(this.#heard.slice(9, 12)), body: this.#heard.slice(end + 4, end + 4 + length) };
    this.#heard = this.#heard.slice(end + 4 + length);
    const { resolve } = this.#pending;
    this.#pending = undefined;
    resolve(answer);
  }
}

/** Opens several connections to one server. */
export async function openConnections(url, count) {
  const open = async () => {
    const connection = await RequestConnection.open(url);
    buyerConnections.push(connection);
    return connection;
  };
  const buyerConnections = [];
  await Promise.all(Array.from({ length: count }, open));
  /** @errors Throws on the first answer without an ACK. */
  const one = async (connection, request) => {
    const sentAt = performance.now();
    const { status, body } = await connection.post(request);
    if (status !== 200 || !body.includes('"ACK"')) throw new Error(`${request.action}: ${status} ${body}`);
    return performance.now() - sentAt;
  };
  return {
    /**
     * Posts all requests as fast as the server answers. Resolves with the total seconds and each answer's latency, ms.
     */
    async postAll(requests) {
      const latencies = [];
      let next = 0;
      const began = performance.now();
      await Promise.all(
        buyerConnections.map(async (connection) => {
          while (next < requests.length) latencies.push(await one(connection, requests[next++]));
        }),
      );
      return { seconds: (performance.now() - began) / 1000, latencies };
    },
    /**
     * Posts one request every `everyMs` without waiting for answers, on a further connection if all of them wait for
     * one. Resolves with each answer's latency, ms.
     * @param sent Called with the index of each request when it is sent.
     */
    async postEvenly(requests, everyMs, sent) {
      const began = performance.now();
      const busy = [];
      const idle = [...buyerConnections];
      const postOn = async (connection, request) => {
        const latency = await one(connection, request);
        idle.push(connection);
        return latency;
      };
      for (let index = 0; index < requests.length; index += 1) {
        const wait = began + index * everyMs - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        const connection = idle.shift() ?? (await open());
        sent(index);
        busy.push(postOn(connection, requests[index]));
      }
      return Promise.all(busy);
    },
    close: () => buyerConnections.forEach((connection) => connection.close()),
  };
}
