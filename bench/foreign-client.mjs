// Measures overshoot in real time with the whole product over real sockets. The chargers are third-party clients
// (ocpp-rpc) that report only their register. Every combination of power, interval and stop latency charges at the
// same time.
import { createRequire } from 'node:module';
import { openConnections, prepare } from './buyer.mjs';
import { figure, quantile, round } from './figures.mjs';
import { startLoad } from './processes.mjs';
import { seeded } from './session-model.mjs';
import { chargePointId, makeSite, startBridge } from './site.mjs';

const { RPCClient } = createRequire(import.meta.url)('ocpp-rpc');

const POWERS_W = [22_000, 50_000];
const INTERVALS_S = [10, 30, 60];
const LATENCIES_MS = [1000, 2000, 3000];
const OVER_AIM_WH = 50;
const SHORT_AIM_WH = 15;
/** A session takes from 60 to 120 s. */
const [SHORTEST_S, LONGEST_S] = [60, 120];
const GIVE_UP_MS = 300_000;

const ACCEPTED = { status: 'Accepted' };
const now = () => new Date().toISOString();

/** A charger with one connector and a car that takes constant power. */
class RegisterOnlyCharger {
  constructor(endpoint, id, { powerW, intervalS, latencyMs }) {
    Object.assign(this, { powerW, intervalS, latencyMs });
    this.client = new RPCClient({ endpoint, identity: id, protocols: ['ocpp1.6'], strictMode: true, reconnect: false });
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  async connect() {
    const { client } = this;
    for (const action of ['ChangeConfiguration', 'SetChargingProfile', 'ClearChargingProfile'])
      client.handle(action, () => ({ status: 'Rejected' }));
    client.handle('GetConfiguration', () => ({ configurationKey: [], unknownKey: [] }));
    client.handle('TriggerMessage', ({ params }) => this.triggered(params));
    client.handle('RemoteStartTransaction', ({ params }) => {
      setImmediate(() => void this.start(params.idTag));
      return ACCEPTED;
    });
    client.handle('RemoteStopTransaction', () => {
      this.stopTimer ??= setTimeout(() => void this.stop(), this.latencyMs);
      return ACCEPTED;
    });
    await client.connect();
    await client.call('BootNotification', { chargePointVendor: 'Other', chargePointModel: 'Register' });
    await this.status('Available');
  }

  status(status) {
    return this.client.call('StatusNotification', { connectorId: 1, status, errorCode: 'NoError' });
  }

  register() {
    return Math.floor(((performance.now() - this.startedAt) * this.powerW) / 3_600_000);
  }

  triggered({ requestedMessage }) {
    if (requestedMessage !== 'MeterValues') return { status: 'NotImplemented' };
    setImmediate(() => void this.sample());
    return ACCEPTED;
  }

  async sample() {
    if (this.transactionId === undefined || this.isOver) return;
    const sampledValue = [{ value: String(this.register()), unit: 'Wh' }];
    const meterValue = [{ timestamp: now(), sampledValue }];
    await this.client.call('MeterValues', { connectorId: 1, transactionId: this.transactionId, meterValue });
  }

  async start(idTag) {
    this.startedAt = performance.now();
    this.idTag = idTag;
    const begin = { connectorId: 1, idTag, meterStart: 0, timestamp: now() };
    this.transactionId = (await this.client.call('StartTransaction', begin)).transactionId;
    await this.status('Charging');
    this.timer = setInterval(() => void this.sample(), this.intervalS * 1000);
  }

  async stop() {
    clearInterval(this.timer);
    this.isOver = true;
    const meterStop = this.register();
    const { transactionId, idTag } = this;
    await this.client.call('StopTransaction', { transactionId, idTag, meterStop, timestamp: now(), reason: 'Remote' });
    await this.status('Available');
    this.end(meterStop);
  }
}

/** Plays one session on every charger. */
async function playRound(turn, { bridge, site, connections }) {
  const random = seeded(turn + 1);
  const cells = POWERS_W.flatMap((powerW) =>
    INTERVALS_S.flatMap((intervalS) => LATENCIES_MS.map((latencyMs) => ({ powerW, intervalS, latencyMs }))),
  );
  const sessions = cells.map((cell, index) => {
    const point = turn * cells.length + index;
    const seconds = SHORTEST_S + (LONGEST_S - SHORTEST_S) * random();
    const energyWh = Math.round((cell.powerW * seconds) / 3600);
    const place = { point, connectorId: 1, energyWh, price: (energyWh / 100).toFixed(2) };
    return { cell, energyWh, place, charger: new RegisterOnlyCharger(bridge.ocppUrl, chargePointId(point), cell) };
  });
  await Promise.all(sessions.map(({ charger }) => charger.connect()));
  const requests = sessions.map(({ place }) => ({ place, transactionId: crypto.randomUUID() }));
  for (const action of ['init', 'confirm']) {
    const signed = await Promise.all(requests.map((one) => prepare(site.buyer, bridge.becknUrl, action, one)));
    await connections.postAll(signed);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const outcomes = await Promise.all(
    sessions.map(async ({ cell, energyWh, charger }) => {
      const gaveUp = new Promise((resolve) => setTimeout(resolve, GIVE_UP_MS, Infinity).unref());
      const stoppedAt = await Promise.race([charger.ended, gaveUp]);
      return { ...cell, overWh: stoppedAt - energyWh };
    }),
  );
  await Promise.all(sessions.map(({ charger }) => charger.client.close({ force: true })));
  return outcomes;
}

export async function foreignClient({ quick }) {
  const rounds = quick ? 1 : 5;
  const sink = await startLoad('sink.mjs');
  const perRound = POWERS_W.length * INTERVALS_S.length * LATENCIES_MS.length;
  const site = await makeSite({ chargePoints: rounds * perRound, sinkPort: sink.ready.port });
  const bridge = await startBridge(site, { pinned: false });
  const connections = await openConnections(bridge.becknUrl, 4);
  const outcomes = [];
  for (let turn = 0; turn < rounds; turn += 1) outcomes.push(...(await playRound(turn, { bridge, site, connections })));
  connections.close();
  await Promise.all([bridge.stop(), sink.stop()]);
  return POWERS_W.map((powerW) => {
    const mine = outcomes.filter((one) => one.powerW === powerW);
    const over = quantile(
      mine.map(({ overWh }) => Math.max(0, overWh)),
      0.95,
    );
    const short = quantile(
      mine.map(({ overWh }) => Math.max(0, -overWh)),
      0.5,
    );
    const cells = INTERVALS_S.map((intervalS) => {
      const wh = mine.filter((one) => one.intervalS === intervalS).map(({ overWh }) => overWh);
      return `every ${intervalS} s ${round(Math.min(...wh))} to ${round(Math.max(...wh))} Wh`;
    });
    return figure(`Overshoot of a foreign register-only charger at ${powerW / 1000} kW, p95 Wh`, {
      ours: round(over),
      aim: `≤ ${OVER_AIM_WH} Wh, median short ≤ ${SHORT_AIM_WH} Wh`,
      pass: over <= OVER_AIM_WH && short <= SHORT_AIM_WH,
      detail: `${mine.length} sessions in real time, stops take 1 to 3 s; median short ${round(short)} Wh; ${cells.join(', ')}`,
    });
  });
}
