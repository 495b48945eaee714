/** Defines the dialect of Beckn 2.0.0 LTS, with contracts instead of orders and field names in camel case. */
import type { Order } from '../../../domain/model/order.js';
import { CAMEL_CASE_FIELDS, fieldNamesOf } from '../../protocol/context-names.js';
import type { BecknDialect, ReplyContext } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { translateRefusal } from './errors.js';
import { ACTIONS, read } from './read.js';
import { render } from './render.js';
import { catalogueFilter } from './render-catalogue.js';

const LTS_NETWORK = 'nfh.global/testnet-evcharging';
const LTS_VERSION = '2.0.0';

/** Matches the ids of EV charging networks, including private ones. */
const EV_CHARGING_NETWORK = /(^|[^a-z])ev[-_]?charging([^a-z]|$)/i;

export const lts: BecknDialect = {
  name: 'lts-2.0.0',
  family: 'lts-2.0.0',
  actions: ACTIONS,
  stopsBy: 'update',
  displayName: `${LTS_NETWORK} ${LTS_VERSION}`,
  // As in the specification. The reference adapter differs, so peer settings can override these.
  ackFormat: { ackForm: 'status', errorNames: 'errorCode', counterSignature: true, requestDigest: true },
  optIn: 'lts',
  contextFieldNames: CAMEL_CASE_FIELDS,
  orderIdFormat: 'uuid',
  matches(context) {
    const network = readText(valueAt(context, 'networkId'));
    return (
      fieldNamesOf(context) === CAMEL_CASE_FIELDS &&
      (readText(valueAt(context, 'version')) ?? LTS_VERSION) === LTS_VERSION &&
      (network === undefined || EV_CHARGING_NETWORK.test(network))
    );
  },
  read,
  replyContext,
  translateRefusal,
  render,
  catalogueFilter,
  terminalAction: ({ state, outcome }: Order) =>
    state === 'cancelled' && outcome?.code !== 'cancelled-by-buyer' ? 'on_cancel' : undefined,
};

/** Actions whose callbacks repeat `try`; other actions ignore it. @source Beckn 2.0.0 LTS, `Context.try`. */
const TRY_ACTIONS: ReadonlySet<unknown> = new Set(['update', 'cancel', 'rate', 'support']);

function replyContext(context: WireContext): ReplyContext {
  const network = readText(valueAt(context, 'networkId'));
  return {
    version: LTS_VERSION,
    ...(network !== undefined && { networkId: network }),
    ...(valueAt(context, 'try') === true && TRY_ACTIONS.has(valueAt(context, 'action')) && { try: true }),
  };
}
