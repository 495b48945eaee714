/** Beckn 2.0.0 LTS: contracts instead of orders, camel case, network `nfh.global/testnet-evcharging`, in both directions. */
import type { Order } from '../../../domain/model/order.js';
import { CAMEL, namesOf } from '../../protocol/context-names.js';
import type { BecknDialect, Conversation, WireContext } from '../../protocol/dialect.js';
import { at, text } from '../../protocol/json-reading.js';
import { pathOf } from './errors.js';
import { ACTIONS, read } from './read.js';
import { render } from './render.js';
import { tellsOf } from './render-catalogue.js';

export const LTS_NETWORK = 'nfh.global/testnet-evcharging';
export const LTS_VERSION = '2.0.0';

/** Somebody's own network for the charging of cars; none has to be named. */
const OF_CHARGING = /(^|[^a-z])ev[-_]?charging([^a-z]|$)/i;

export const lts: BecknDialect = {
  name: 'lts-2.0.0',
  family: 'lts-2.0.0',
  actions: ACTIONS,
  speaks: `${LTS_NETWORK} ${LTS_VERSION}`,
  // As its specification has them; its reference adapter differs, and so may each peer.
  answers: { ackForm: 'status', errorNames: 'errorCode', counterSignature: true, requestDigest: true },
  optIn: 'lts',
  contextNames: CAMEL,
  orderIds: 'uuid',
  matches(context) {
    const network = text(at(context, 'networkId'));
    return (
      namesOf(context) === CAMEL &&
      (text(at(context, 'version')) ?? LTS_VERSION) === LTS_VERSION &&
      (network === undefined || OF_CHARGING.test(network))
    );
  },
  read,
  conversation,
  refusal: (refusal) => (refusal.path === undefined ? refusal : { ...refusal, path: pathOf(refusal.path) }),
  render,
  tellsOf,
  tellsEndBy: ({ state, outcome }: Order) =>
    state === 'cancelled' && outcome?.code !== 'cancelled-by-buyer' ? 'on_cancel' : undefined,
};

/** @source Beckn 2.0.0 LTS, `Context.try`: what else says it is done as ever, and its order is no trial for good. */
const TRIABLE: ReadonlySet<unknown> = new Set(['update', 'cancel', 'rate', 'support']);

function conversation(context: WireContext): Conversation {
  const network = text(at(context, 'networkId'));
  return {
    version: LTS_VERSION,
    ...(network !== undefined && { networkId: network }),
    ...(at(context, 'try') === true && TRIABLE.has(at(context, 'action')) && { try: true }),
  };
}
