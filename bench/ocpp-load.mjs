// 200 charge points with one outstanding CALL each, on the bare server and, with an open session each, on ours.
import { openFleet, frame } from './charger-connection.mjs';
import { openConnections, prepare } from './buyer.mjs';
import { serveTasks } from './load-process.mjs';
import { chargePointId } from './site.mjs';

const fleets = {};
const METER_START = 1_000_000;
/** A third of the connector's 60 kW, which limit how fast the register may plausibly rise. */
const POWER_KW = 20;
let sessionsBegan = Date.now();

const ids = (count) => Array.from({ length: count }, (_, index) => chargePointId(index));
const digits = (value, length) => String(value).padStart(length, '0');

const HEARTBEAT = () => `[2,"${digits(0, 9)}","Heartbeat",{}]`;
const sampled = (value, measurand, unit) =>
  `{"value":"${value}","context":"Sample.Periodic","format":"Raw","measurand":"${measurand}","location":"Outlet","unit":"${unit}"}`;
const METER_VALUES = (transactionId) =>
  `[2,"${digits(0, 9)}","MeterValues",{"connectorId":1,"transactionId":${transactionId},"meterValue":[{"timestamp":"${new Date().toISOString()}","sampledValue":[` +
  [
    sampled(digits(METER_START, 7), 'Energy.Active.Import.Register', 'Wh'),
    sampled('20000', 'Power.Active.Import', 'W'),
    sampled('398.4', 'Voltage', 'V'),
    sampled('50.2', 'Current.Import', 'A'),
    sampled('47', 'SoC', 'Percent'),
  ].join(',') +
  ']}]}]';

/** The current time and register, updated at most once a millisecond. */
const now = { at: 0, time: '', register: '' };
function tick() {
  const at = Date.now();
  if (at === now.at) return;
  now.at = at;
  now.time = new Date(at).toISOString();
  now.register = digits(METER_START + Math.floor(((at - sessionsBegan) * POWER_KW) / 3600), 7);
}

let messageId = 0;

/** Sends frames one after the other until the time is up. */
function pump(connection, text, until, latencies) {
  const bytes = frame(text);
  const idAt = bytes.indexOf('"') + 1;
  const timeAt = bytes.indexOf('"timestamp":"') + 13;
  const registerAt = bytes.indexOf('"value":"') + 9;
  const measured = timeAt > 13;
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    bytes.write(digits((messageId += 1), 9), idAt, 'latin1');
    if (measured) {
      tick();
      bytes.write(now.time, timeAt, 'latin1');
      bytes.write(now.register, registerAt, 'latin1');
    }
    connection.write(bytes);
  };
  return new Promise((resolve) => {
    connection.onAnswer = () => {
      const at = performance.now();
      latencies.push(at - sentAt);
      if (at < until) return send();
      connection.onAnswer = undefined;
      resolve();
    };
    send();
  });
}

serveTasks({
  async connect({ server, url, count }) {
    fleets[server] = await openFleet(url, ids(count));
    return {};
  },
  /** Confirms real orders: each charger receives a remote start and starts its transaction. */
  async charge({ server, becknUrl, identity }) {
    const connections = fleets[server];
    const started = connections.map(
      (connection) =>
        new Promise((resolve, reject) => {
          connection.onCall = (action, { idTag, connectorId }) => {
            const payload = { connectorId, idTag, meterStart: METER_START, timestamp: new Date().toISOString() };
            setImmediate(() => connection.call('StartTransaction', payload).then(resolve, reject));
            return { status: 'Accepted' };
          };
        }),
    );
    const requests = connections.map((_, point) => ({ place: { point, connectorId: 1 } }));
    const buyerConnections = await openConnections(becknUrl, 8);
    await buyerConnections.postAll(
      await Promise.all(requests.map((details) => prepare(identity, becknUrl, 'confirm', details))),
    );
    const answers = await Promise.all(started);
    sessionsBegan = Date.now();
    buyerConnections.close();
    for (const [index, { transactionId, idTagInfo }] of answers.entries()) {
      if (idTagInfo.status !== 'Accepted') throw new Error(`a StartTransaction was answered ${idTagInfo.status}`);
      connections[index].transactionId = transactionId;
    }
    return {};
  },
  async run({ server, message, seconds }) {
    const latencies = [];
    const began = performance.now();
    const until = began + seconds * 1000;
    await Promise.all(
      fleets[server].map((connection) => {
        const text = message === 'Heartbeat' ? HEARTBEAT() : METER_VALUES(connection.transactionId ?? 1);
        return pump(connection, text, until, latencies);
      }),
    );
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.floor(share * (latencies.length - 1))];
    return { count: latencies.length, seconds: (performance.now() - began) / 1000, p50: at(0.5), p99: at(0.99) };
  },
});
