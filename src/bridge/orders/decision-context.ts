/**
 * Collects what a decision may use besides the order and the command: the time, the policy and facts about the
 * connector.
 */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { type ChargerCapabilities, connectorRefOf, type ConnectorRef, type Site } from '../../domain/model/network.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { DecisionContext, SaleStatus } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Clock } from '../../ports/runtime.js';
import type { BookedSlots } from './booked-slots.js';

export interface DecisionContextDeps {
  readonly catalogue: Pick<CatalogueLookup, 'site'>;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
  readonly capabilities: {
    capabilitiesOf(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): ChargerCapabilities | undefined;
  };
  readonly bookedSlots: Pick<BookedSlots, 'slotsOf'>;
  readonly saleStatuses: {
    statusOf(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>, exceptOrderId?: string): SaleStatus;
  };
}

/** The assumed power of a connector that is no longer configured, W. It is high enough for any plausible reading. */
const UNKNOWN_POWER_W = 1_000_000;

const ORDERING_COMMANDS: ReadonlySet<OrderCommand['type']> = new Set(['select', 'init', 'confirm']);

/** Finds the connector that a command concerns. A session may start on another connector than the ordered one. */
function siteOf(
  { connector }: Order,
  command: OrderCommand,
  catalogue: DecisionContextDeps['catalogue'],
): Site | undefined {
  const begun = command.type === 'record-start' && catalogue.site({ ...connector, connectorId: command.connectorId });
  return begun || catalogue.site(connector);
}

/** @param newOrder The ids and the buyer app of the order that the command may create. */
export function createDecisionContext(
  { catalogue, clock, policy, capabilities, bookedSlots, saleStatuses }: DecisionContextDeps,
  order: Order | undefined,
  command: OrderCommand,
  newOrder: DecisionContext['newOrder'],
): DecisionContext {
  const site = 'site' in command && command.site ? command.site : order && siteOf(order, command, catalogue);
  const base = { now: clock.now(), policy, maxPowerW: site?.connector.maxPowerW ?? UNKNOWN_POWER_W };
  // The hot path needs nothing else: a session carries the capabilities that it began with.
  if (command.type === 'record-sample') return base;
  const ref = site ? connectorRefOf(site) : order?.connector;
  const known = ref && capabilities.capabilitiesOf(ref);
  const sold = ref && ORDERING_COMMANDS.has(command.type) ? ref : undefined;
  return {
    ...base,
    ...(newOrder && { newOrder }),
    ...(known && { capabilities: known }),
    ...(sold && {
      bookedSlots: bookedSlots.slotsOf(sold.chargePointId, sold.connectorId, order?.id),
      sale: saleStatuses.statusOf(sold, order?.id),
    }),
  };
}
