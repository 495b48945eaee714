/** Defines the options that filter a list, and the API parameter that each option sets. */
import { readAge } from './amounts.js';
import { textOf, type Context, type Option } from './command.js';

interface ListFilter {
  readonly flags: string;
  readonly description: string;
  readonly parameter: string;
}

const filter = (flags: string, what: string, parameter: string): ListFilter => ({
  flags,
  description: `only those ${what}`,
  parameter,
});

/** Keyed by the names of the parsed options. */
const FILTERS = {
  order: filter('--order <id>', 'of this order', 'orderId'),
  becknTransaction: filter('--beckn-transaction <id>', 'of this Beckn transaction', 'becknTransactionId'),
  transaction: filter('--transaction <id>', 'of this OCPP transaction', 'transactionId'),
  buyer: filter('--buyer <id>', 'of this buyer app', 'bapId'),
  network: filter('--network <name>', 'of this Beckn network', 'network'),
  provider: filter('--provider <id>', 'of this provider', 'providerId'),
  station: filter('--station <id>', 'at this station', 'stationId'),
  chargePoint: filter('--charge-point <id>', 'at this charge point', 'chargePointId'),
  connector: filter('--connector <number>', 'at a connector with this number', 'connectorId'),
} as const satisfies { readonly [name: string]: ListFilter };

type FilterName = keyof typeof FILTERS;

/** All filters. `orders list` and `settlement` leave one out each. */
export const ORDER_FILTERS = Object.keys(FILTERS) as readonly FilterName[];
export const PLACE_FILTERS: readonly FilterName[] = ['provider', 'station', 'chargePoint', 'connector'];

export function filterOptions(names: readonly FilterName[]): readonly Option[] {
  return names.map((name) => ({ flags: FILTERS[name].flags, description: FILTERS[name].description }));
}

/** Returns the API parameters for the given options. The API checks their values. */
export function filterQuery(
  { options }: Pick<Context, 'options'>,
  names: readonly FilterName[],
): { readonly [parameter: string]: string | undefined } {
  return Object.fromEntries(names.map((name) => [FILTERS[name].parameter, textOf(options[name])]));
}

/** @param what A past participle for what happened in that period, such as `created`. */
export function sinceOption(what: string): Option {
  return { flags: '--since <period>', description: `only those ${what} in the last 90s, 10m, 2h or 7d` };
}

/** Returns the start of the `--since` period as `from`, in epoch ms. @errors CommandFailure if it is not a period. */
export function sinceQuery({ options, clock }: Pick<Context, 'options' | 'clock'>): { readonly from?: string } {
  const since = textOf(options['since']);
  return since === undefined ? {} : { from: String(clock.now() - readAge('--since', since)) };
}
