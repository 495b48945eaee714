/** A fictitious operator's spreadsheet, as a German Excel saves it. */

const HEADINGS = [
  'Provider ID;Provider name;Station ID;Station name;Latitude;Longitude;Address;City code;City;Country code;Country',
  'Charger ID;Connector;Plug;Current;Power (kW);Tariff;Max energy kWh;Currency;Price per kWh;Taxes;Notes',
].join(';');

/**
 * 40 stations, 300 charge points `MS-0` to `MS-299`, 700 connectors and three tariffs: with umlauts, semicolons, decimal
 * commas, a byte order mark and a column of the operator's own.
 */
export function strangersFile(): string {
  const rows: string[] = [];
  for (let connector = 0; connector < 700; connector += 1) {
    const chargePoint = Math.floor((connector * 300) / 700);
    const station = Math.floor((chargePoint * 40) / 300);
    const number = connector - Math.ceil((chargePoint * 700) / 300) + 1;
    const tariff = ['Tag', 'Nacht', 'Säule'][connector % 3];
    rows.push(
      [
        'mueller;Müller & Söhne',
        `st-${station};Straße ${station};${(48 + station / 100).toFixed(4).replace('.', ',')};11,5;"Hauptstraße ${station}; Hof";std:089;München;DEU;Deutschland`,
        `MS-${chargePoint};${number};CCS2;dc;${connector % 2 ? '60' : '22,5'};${tariff};50`,
        `EUR;0,59;VAT 19% on energy;frei ${connector}`,
      ].join(';'),
    );
  }
  return `\uFEFF${[HEADINGS, ...rows].join('\r\n')}\r\n`;
}

/**
 * The same with three faults: a power that is not a number (line 5), an unknown current type (line 301), and a wrong
 * latitude (line 501).
 */
export function strangersFileWithFaults(): string {
  const lines = strangersFile().split('\r\n');
  lines[4] = lines[4]?.replace(/;(22,5|60);/, ';sixty;') ?? '';
  lines[300] = lines[300]?.replace(';dc;', ';cd;') ?? '';
  lines[500] = lines[500]?.replace(/;48,(\d+);/, ';148,$1;') ?? '';
  // A station's cells may be empty in its other rows.
  const station = /;(st-\d+);/.exec(lines[500] ?? '')?.[1];
  return lines
    .map((line, index) => (index !== 500 && line.includes(`;${station};`) ? line.replace(/;48,\d+;/, ';;') : line))
    .join('\r\n');
}
