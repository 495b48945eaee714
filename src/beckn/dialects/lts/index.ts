/** The dialect of Beckn 2.0.0 LTS: contracts instead of orders, camel case, network `nfh.global/testnet-evcharging`. */
import type { Order } from '../../../domain/model/order.js';
import { CAMEL_CASE_FIELDS, fieldNamesOf } from '../../protocol/context-names.js';
import type { BecknDialect, ReplyContext } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { translateRefusal } from './errors.js';
import { ACTIONS, read } from './read.js';
import { render } from './render.js';
import { catalogueFilter } from './render-catalogue.js';

export const LTS_NETWORK = 'nfh.global/testnet-evcharging';
export const LTS_VERSION = '2.0.0';

/** Matches the ids of private networks for EV charging. */
const EV_CHARGING_NETWORK = /(^|[^a-z])ev[-_]?charging([^a-z]|$)/i;

export const lts: BecknDialect = {
  name: 'lts-2.0.0',
  family: 'lts-2.0.0',
  actions: ACTIONS,
  displayName: `${LTS_NETWORK} ${LTS_VERSION}`,
  // As in the specification. The reference adapter differs, and peer settings may override it.
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

/** The actions for which `try` is repeated. @source Beckn 2.0.0 LTS, `Context.try`; other actions are carried out as usual. */
const TRY_ACTIONS: ReadonlySet<unknown> = new Set(['update', 'cancel', 'rate', 'support']);

function replyContext(context: WireContext): ReplyContext {
  const network = readText(valueAt(context, 'networkId'));
  return {
    version: LTS_VERSION,
    ...(network !== undefined && { networkId: network }),
    ...(valueAt(context, 'try') === true && TRY_ACTIONS.has(valueAt(context, 'action')) && { try: true }),
  };
}
