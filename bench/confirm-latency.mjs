// Measures the time from a confirm of the buyer app to its RemoteStartTransaction at the charger.
import { figure, quantile, round } from './figures.mjs';
import { startLoad } from './processes.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM_MS = 25;
const PER_SECOND = 50;
const CONNECTORS = 2;

export async function confirmLatency({ quick }) {
  const seconds = quick ? 5 : 20;
  const warmUp = PER_SECOND;
  const chargePoints = ((seconds + 1) * PER_SECOND) / CONNECTORS;
  const sink = await startLoad('sink.mjs');
  const site = await makeSite({ chargePoints, connectors: CONNECTORS, sinkPort: sink.ready.port });
  const bridge = await startBridge(site);
  const load = await startLoad('latency-load.mjs');
  const { drafts } = await load.ask('prepare', {
    ocppUrl: bridge.ocppUrl,
    becknUrl: bridge.becknUrl,
    identity: site.buyer,
    chargePoints,
    connectors: CONNECTORS,
  });
  await sink.ask('arrived', { count: drafts });
  const { starts, acks, lateness } = await load.ask('run', { perSecond: PER_SECOND, warmUp });
  await Promise.all([load, sink, bridge].map((one) => one.stop()));

  const missing = starts.filter((ms) => !(ms >= 0)).length;
  const reached = starts.filter((ms) => ms >= 0);
  const p99 = quantile(reached, 0.99);
  return [
    figure('Confirm to RemoteStartTransaction, p99 ms', {
      ours: round(p99, 1),
      aim: `≤ ${AIM_MS} ms`,
      pass: p99 <= AIM_MS && missing === 0,
      detail: `p50 ${round(quantile(reached, 0.5), 1)} ms; ${PER_SECOND} confirms a second on ${chargePoints * CONNECTORS} connectors; durable ACK p50 ${round(quantile(acks, 0.5), 1)} ms, p99 ${round(quantile(acks, 0.99), 1)} ms; the machine: a timer in the load process p99 ${round(quantile(lateness, 0.99), 1)} ms late${missing > 0 ? `; ${missing} STARTS DID NOT COME` : ''}`,
    }),
  ];
}
