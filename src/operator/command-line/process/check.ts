/** `check`: reads the settings and the network file as the bridge does at start-up, and changes nothing. */
import type { Config } from '../../../config/config.js';
import { checkConfig } from '../../../config/loading/load-config.js';
import { loadNetwork } from '../../../config/network-file/load-network.js';
import type { Network } from '../../../domain/model/network.js';
import type { Command, Context, Result } from '../frame/command.js';
import { formatFields } from '../frame/style.js';

export const CHECK: Command = {
  name: 'check',
  summary: 'Check the settings and the network file without starting anything',
  details: 'It does not ask the registry or any charger; doctor does that.',
  examples: [
    { line: 'check --config config/example.sqlite.json', meaning: 'Check the settings of the first example.' },
    { line: 'check --config config/example.networks.json --json', meaning: 'The same, for a program.' },
  ],
  run: (context) => Promise.resolve(checkFiles(context)),
};

function checkFiles({ configFile, env }: Context): Result {
  const loaded = checkConfig(configFile, env);
  if ('problems' in loaded) return problemResult(loaded.problems);
  const { networkFile } = loaded.config;
  if (networkFile === undefined) return soundResult(configFile, loaded.config, undefined);
  const catalogue = loadNetwork(networkFile);
  return 'problems' in catalogue
    ? problemResult(catalogue.problems)
    : soundResult(configFile, loaded.config, catalogue.network);
}

function problemResult(problems: readonly string[]): Result {
  return {
    json: { ok: false, problems },
    text: (style) => [style.colour('red', `${problems.length} wrong:`), ...problems].join('\n'),
    exit: 'found',
  };
}

/** @param network Absent without a network file; then the store holds what is sold. */
function soundResult(file: string | undefined, config: Config, network: Network | undefined): Result {
  const counts = network && countSold(network);
  const { mode, subscriber, dataDir, networkFile } = config;
  const sold = counts
    ? `${counts.stations} stations, ${counts.chargePoints} charge points, ${counts.connectors} connectors`
    : 'what was imported';
  return {
    json: { ok: true, mode, subscriberId: subscriber.id, dataDir, networkFile, ...counts },
    text: (style) =>
      [
        style.colour('green', 'The settings can be used.'),
        formatFields([
          ['settings', file],
          ['mode', mode],
          ['subscriber', subscriber.id],
          ['data folder', dataDir],
          ['network file', networkFile],
          ['on sale', sold],
        ]),
      ].join('\n'),
  };
}

function countSold(network: Network): {
  readonly stations: number;
  readonly chargePoints: number;
  readonly connectors: number;
} {
  const stations = network.providers.flatMap((provider) => provider.stations);
  const chargePoints = stations.flatMap((station) => station.chargePoints);
  const connectors = chargePoints.flatMap((point) => point.connectors);
  return { stations: stations.length, chargePoints: chargePoints.length, connectors: connectors.length };
}
