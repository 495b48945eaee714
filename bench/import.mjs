// Measures an import of 5,000 charge points from one wide CSV file into a running bridge, and how long it holds the event loop.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { figure, median, round } from './figures.mjs';
import { chargePointId, makeSite, startBridge, stationId } from './site.mjs';

const AIM_MS = 5000;
const CHARGE_POINTS = 5000;
const CONNECTORS = 2;
/** The same target as for all other operator requests; see `loop-delay.mjs`. */
const HELD_AIM_MS = 50;

const HEAD =
  'provider_id,provider_name,station_id,station_name,latitude,longitude,address,city_code,city_name,country_code,country_name,charge_point_id,connector_id,standard,power_type,max_power_kw,max_energy_kwh,tariff_id,currency,price_per_kwh';

function wideFile(price) {
  const rows = Array.from({ length: CHARGE_POINTS * CONNECTORS }, (_, index) => {
    const point = Math.floor(index / CONNECTORS);
    const station = `${stationId(point)},Station ${point >> 1},${12 + (point >> 1) / 10_000},77.5,"Road ${point >> 1}, Bengaluru"`;
    const place = `bench,Bench,${station},std:080,Bengaluru,IND,India`;
    return `${place},${chargePointId(point)},${(index % CONNECTORS) + 1},CCS2,DC,60,60,flat,INR,${price}`;
  });
  return [HEAD, ...rows].join('\n');
}

export async function importing({ quick }) {
  const rounds = quick ? 2 : 5;
  const site = await makeSite({ chargePoints: 1, sinkPort: 9 });
  const settings = JSON.parse(readFileSync(site.config, 'utf8'));
  delete settings.networkFile;
  writeFileSync(site.config, JSON.stringify(settings));
  const bridge = await startBridge(site, { pinned: false });
  const operator = /operator=(\S+)/.exec(bridge.ready)[1];
  const token = readFileSync(join(dirname(site.config), 'data', 'operator-token'), 'utf8').trim();
  const [times, held, baseline] = [[], [], []];
  for (let turn = 0; turn < rounds; turn += 1) {
    const text = wideFile(10 + turn);
    const body = JSON.stringify({ files: [{ name: 'wide.csv', base64: Buffer.from(text).toString('base64') }] });
    const began = performance.now();
    let answer;
    const { maxMs } = await bridge.delayDuring(async () => {
      const headers = { authorization: `Bearer ${token}` };
      answer = await (await fetch(`${operator}/api/network/import`, { method: 'POST', headers, body })).json();
    });
    times.push(performance.now() - began);
    held.push(maxMs);
    if (!answer.changed) throw new Error(`the import changed nothing: ${JSON.stringify(answer.faults?.slice(0, 3))}`);
    const parsing = performance.now();
    parse(text, { columns: true });
    baseline.push(performance.now() - parsing);
  }
  await bridge.stop();
  const [first] = times;
  const longest = Math.max(...held);
  return [
    figure('Import of 5,000 charge points, ms', {
      ours: round(first),
      baseline: round(median(baseline)),
      ratio: round(first / median(baseline), 1),
      aim: `≤ ${AIM_MS} ms`,
      pass: Math.max(...times) <= AIM_MS,
      detail: `${CHARGE_POINTS * CONNECTORS} rows into an empty network; a new price afterwards ${round(median(times.slice(1)))} ms; the baseline only parses the CSV`,
    }),
    figure('Event loop held by that import, ms', {
      ours: round(longest, 1),
      aim: `≤ ${HELD_AIM_MS} ms`,
      pass: longest <= HELD_AIM_MS,
      detail: `median of the imports ${round(median(held), 1)} ms`,
    }),
  ];
}
