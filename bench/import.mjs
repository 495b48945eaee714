// Measures how long an import of 5,000 charge points takes in each format, and how long it blocks the event loop.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml, stringify } from 'yaml';
import { figure, median, round } from './figures.mjs';
import { benchNetwork, makeSite, startBridge } from './site.mjs';

const AIM_MS = 5000;
const CHARGE_POINTS = 5000;
const CONNECTORS = 2;
/** The same target as for all other operator requests; see `loop-delay.mjs`. */
const HELD_AIM_MS = 50;

const HEAD =
  'provider_id,provider_name,station_id,station_name,latitude,longitude,address,city_code,city_name,country_code,country_name,charge_point_id,connector_id,standard,power_type,max_power_kw,max_energy_kwh,tariff_id,currency,price_per_kwh';

/** @param price Rupees per kWh. */
const networkAt = (price) => benchNetwork(CHARGE_POINTS, CONNECTORS, price * 100);

function wideCsv(price) {
  const [provider] = networkAt(price).providers;
  const rows = provider.stations.flatMap((station) => {
    const { id, name, latitude, longitude, address, city, country, chargePoints } = station;
    const place = `${provider.id},${provider.name},${id},${name},${latitude},${longitude},"${address}, ${city.name}"`;
    const area = `${city.code},${city.name},${country.code},${country.name}`;
    return chargePoints.flatMap((point) =>
      point.connectors.map(
        (plug) => `${place},${area},${point.id},${plug.connectorId},CCS2,DC,60,60,flat,INR,${price}`,
      ),
    );
  });
  return [HEAD, ...rows].join('\n');
}

/** An OCPI response with all locations and their tariff. */
function ocpi(price) {
  const party = { country_code: 'IN', party_id: 'BEN' };
  const priceComponents = [{ type: 'ENERGY', price, step_size: 1 }];
  const tariff = { ...party, id: 'flat', currency: 'INR', elements: [{ price_components: priceComponents }] };
  const plug = { standard: 'IEC_62196_T2_COMBO', format: 'CABLE', power_type: 'DC', max_electric_power: 60_000 };
  const locations = networkAt(price).providers[0].stations.map((station) => ({
    ...{ ...party, id: station.id, name: station.name, address: station.address, city: station.city.name },
    ...{ country: 'IND', publish: true, time_zone: 'Asia/Kolkata' },
    coordinates: { latitude: String(station.latitude), longitude: String(station.longitude) },
    evses: station.chargePoints.map(({ id, connectors }) => ({
      ...{ uid: id, status: 'AVAILABLE', capabilities: ['REMOTE_START_STOP_CAPABLE'] },
      connectors: connectors.map(({ connectorId }) => ({ ...plug, id: String(connectorId), tariff_ids: ['flat'] })),
    })),
  }));
  return JSON.stringify({ status_code: 1000, data: [tariff, ...locations] });
}

const FORMATS = [
  { name: 'CSV', file: 'wide.csv', write: wideCsv, parse: (text) => parseCsv(text, { columns: true }) },
  {
    name: 'JSON',
    file: 'network.json',
    write: (price) => JSON.stringify(networkAt(price), null, 2),
    parse: JSON.parse,
  },
  {
    name: 'YAML',
    file: 'network.yaml',
    write: (price) => stringify(networkAt(price)),
    parse: (text) => parseYaml(text, { maxAliasCount: -1 }),
  },
  { name: 'OCPI', file: 'locations.json', write: ocpi, parse: JSON.parse },
];

export async function importing({ quick }) {
  const figures = [];
  for (const format of FORMATS) figures.push(await measure(format, quick ? 2 : 5));
  return figures;
}

async function measure({ name, file, write, parse }, rounds) {
  const site = await makeSite({ chargePoints: 1, sinkPort: 9 });
  const settings = JSON.parse(readFileSync(site.config, 'utf8'));
  delete settings.networkFile;
  writeFileSync(site.config, JSON.stringify(settings));
  const bridge = await startBridge(site, { pinned: false });
  const operator = /operator=(\S+)/.exec(bridge.ready)[1];
  const token = readFileSync(join(dirname(site.config), 'data', 'operator-token'), 'utf8').trim();
  const headers = { authorization: `Bearer ${token}` };
  // The first request loads the server's modules, so it is not measured.
  await (await fetch(`${operator}/api/network`, { headers })).json();
  const [times, held, baseline] = [[], [], []];
  for (let turn = 0; turn < rounds; turn += 1) {
    const text = write(10 + turn);
    const body = JSON.stringify({ files: [{ name: file, base64: Buffer.from(text).toString('base64') }] });
    const began = performance.now();
    let answer;
    const { maxMs } = await bridge.delayDuring(async () => {
      answer = await (await fetch(`${operator}/api/network/import`, { method: 'POST', headers, body })).json();
    });
    times.push(performance.now() - began);
    held.push(maxMs);
    if (!answer.changed) throw new Error(`the import changed nothing: ${JSON.stringify(answer).slice(0, 1000)}`);
    const parsing = performance.now();
    parse(text);
    baseline.push(performance.now() - parsing);
  }
  await bridge.stop();
  const [first] = times;
  const longest = Math.max(...held);
  return figure(`Import of 5,000 charge points, ${name}`, {
    ours: `${round(first)} / ${round(longest, 1)} ms`,
    baseline: `only parsing ${round(median(baseline))} ms`,
    ratio: round(first / median(baseline), 1),
    aim: `≤ ${AIM_MS} / ${HELD_AIM_MS} ms`,
    pass: Math.max(...times) <= AIM_MS && longest <= HELD_AIM_MS,
    detail: `into an empty network, ${CHARGE_POINTS * CONNECTORS} connectors / the longest that any import held the event loop, median ${round(median(held), 1)} ms; a new price afterwards takes ${round(median(times.slice(1)))} ms`,
  });
}
