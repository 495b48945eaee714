/** Bugs injected by wrapping one port or part of the bridge. They test the checker, which must detect every one. */
import { intercept } from '../fakes/buyer-requests.js';
import { deliverEvent, handlersFrom } from '../fakes/deliver-event.js';
import type { ChargerEvent, ChargerOutcome } from '../../src/ports/charger-events.js';
import type { HttpClient, HttpRequest } from '../../src/ports/http.js';
import type { Clock } from '../../src/ports/runtime.js';
import type { Batch, Store } from '../../src/ports/store.js';
import type { Composition } from '../../src/app/compose.js';
import type { Network } from '../../src/domain/model/network.js';
import { BUYER_DIALECTS } from './dialects/all.js';
import { isFinal as isEnded } from './dialects/buyer-dialect.js';
import type { Fault } from './faults.js';
import type { Interceptors } from './node/node.js';
import { at } from './runtime/json.js';

export interface SeededBug {
  readonly bug: string;
  /** At least one of these invariants must be reported as violated. */
  readonly invariants: readonly string[];
  readonly faults: readonly Fault[];
  readonly interceptors: Interceptors;
  /** Set if the bug must be detected in every dialect. */
  readonly isOfAllDialects?: true;
}

const OK = { status: 200, headers: {}, body: '{"message":{"ack":{"status":"ACK"}}}' };

/** Wraps the store and replaces some of its methods. */
function store(change: (store: Store, clock: Clock) => Partial<Store>): Interceptors {
  return {
    store: (real, clock) => {
      const changed = change(real, clock);
      return new Proxy(real, {
        get(target, name) {
          const own: unknown = Reflect.get(changed, name);
          if (own !== undefined) return own;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        },
      });
    },
  };
}

const commits = (change: (batch: Batch) => Batch): Interceptors =>
  store((real) => ({ commit: (batch) => real.commit(change(batch)) }));

function http(
  send: (request: HttpRequest, real: HttpClient, clock: Clock) => ReturnType<HttpClient['send']>,
): Interceptors {
  return { http: (real, clock) => ({ send: (request) => send(request, real, clock) }) };
}

/** Checks whether a callback, in any dialect, states an order that has ended. */
function isFinal(body = '{}'): boolean {
  const json: unknown = JSON.parse(body);
  const dialect = BUYER_DIALECTS.find((one) => one.speaks(at(json, 'context')));
  const order = dialect?.readOrder(at(json, 'message'));
  return order !== undefined && isEnded(order);
}

/** Wraps the handling of charger events: changes the events or their outcomes. */
function charger(
  alter: (
    event: ChargerEvent,
    proceed: (event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome>,
  ) => ChargerOutcome | Promise<ChargerOutcome>,
): Interceptors {
  return {
    parts: ({ bridge }) => {
      const { chargerEvents } = bridge;
      const { handlers } = chargerEvents;
      Object.assign(chargerEvents, {
        // The OCPP edge has called messageAccepted itself.
        handlers: handlersFrom((id, event) =>
          alter(event, (other) => deliverEvent({ handlers, messageAccepted: () => undefined }, id, other)),
        ),
      });
    },
  };
}

function calls(
  change: (connections: Composition['connections'], clock: Clock) => Composition['connections']['sendCommand'],
): Interceptors {
  return {
    parts: ({ connections }, clock) => {
      connections.sendCommand = change(connections, clock);
    },
  };
}

/** Returns the batch with the amounts of one kind of posting changed. */
function changePostings(batch: Batch, kind: string, change: (amount: number) => number): Batch {
  if (!batch.orders) return batch;
  const orders = batch.orders.map(({ order, expectedVersion }) => ({
    expectedVersion,
    order: {
      ...order,
      ...(order.ledger && {
        ledger: order.ledger.map((posting) => ({
          ...posting,
          lines: posting.lines.map((line) => (posting.kind === kind ? { ...line, amount: change(line.amount) } : line)),
        })),
      }),
    },
  }));
  return { ...batch, orders };
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    bug: 'the store acknowledges before it has written',
    invariants: ['I4', 'I5', 'I6', 'I7', 'I8', 'I10', 'liveness', 'I2', 'I17', 'I3'],
    faults: ['restart', 'crash-point'],
    interceptors: store((real, clock) => ({
      commit: (batch) => {
        clock.callLater(3000, () => void real.commit(batch).catch(() => undefined));
        return Promise.resolve();
      },
    })),
  },
  {
    bug: 'the final status is sent twice with different contents',
    isOfAllDialects: true,
    invariants: ['I3'],
    faults: [],
    interceptors: http(async (request, real) => {
      if (isFinal(request.body)) {
        const body = request.body!.replace(
          /"(message_id|messageId)":"[^"]*"/,
          '"$1":"11111111-1111-4111-8111-111111111111"',
        );
        await real.send({ ...request, body });
      }
      return real.send(request);
    }),
  },
  {
    bug: 'the end of an order is stated in a callback of another action',
    isOfAllDialects: true,
    invariants: ['I3', 'I4'],
    faults: [],
    interceptors: http((request, real) => {
      const body = (request.body ?? '').replace(/"action":"on_[a-z]+"/, '"action":"on_track"');
      return real.send(isFinal(request.body) ? { ...request, body } : request);
    }),
  },
  {
    bug: 'a refund is posted with twice its amount',
    invariants: ['ledger'],
    faults: [],
    interceptors: commits((batch) => changePostings(batch, 'refund', (amount) => amount * 2)),
  },
  {
    bug: 'a posting is not balanced',
    invariants: ['ledger'],
    faults: [],
    interceptors: commits((batch) => changePostings(batch, 'bill', (amount) => Math.max(1, amount))),
  },
  {
    bug: 'the wrong tariff is applied',
    isOfAllDialects: true,
    invariants: ['I9'],
    faults: [],
    interceptors: { network: raisePrices },
  },
  {
    bug: 'the bill exceeds the authorised amount',
    invariants: ['I9'],
    faults: [],
    interceptors: http((request, real) => {
      const body = (request.body ?? '').replace(/"value":"[^"]*","estimated_value":"([^"]*)"/, (_all, most: string) => {
        return `"value":"${(Number(most) + 0.01).toFixed(2)}","estimated_value":"${most}"`;
      });
      return real.send(isFinal(request.body) ? { ...request, body } : request);
    }),
  },
  {
    bug: 'two RemoteStarts are sent with two tags',
    invariants: ['I2'],
    faults: [],
    interceptors: calls((connections) => {
      const call = connections.sendCommand.bind(connections);
      return (id, command, options) => {
        if (command.type === 'remote-start') void call(id, { ...command, idTag: 'A'.repeat(20) });
        return call(id, command, options);
      };
    }),
  },
  {
    bug: 'an unanswered RemoteStart is repeated at once',
    invariants: ['F3'],
    faults: ['start-ignored'],
    interceptors: calls((connections, clock) => {
      const call = connections.sendCommand.bind(connections);
      return async (id, command, options) => {
        const answer = await call(id, command, options);
        if (command.type !== 'remote-start' || answer.kind !== 'unknown') return answer;
        void call(id, command, options);
        clock.callLater(1000, () => void call(id, { type: 'trigger-message', requestedMessage: 'Heartbeat' }));
        return answer;
      };
    }),
  },
  {
    bug: 'a callback is lost',
    isOfAllDialects: true,
    invariants: ['liveness', 'I4'],
    faults: [],
    interceptors: http((request, real) => (isFinal(request.body) ? Promise.resolve(OK) : real.send(request))),
  },
  {
    bug: "a buyer app receives another buyer app's order",
    invariants: ['I12'],
    faults: ['hostile'],
    interceptors: store((real) => ({
      order: async (id) => {
        const order = await real.order(id);
        return order && { ...order, customer: { ...order.customer, bapId: 'two.example' } };
      },
    })),
  },
  {
    bug: 'callbacks overtake one another',
    invariants: ['I13', 'I3'],
    faults: [],
    interceptors: http((request, real, clock) => {
      if (!/"action":"on_(status|confirm)"/.test(request.body ?? '') || isFinal(request.body))
        return real.send(request);
      clock.callLater(
        (request.body?.length ?? 0) % 2 === 0 ? 0 : 200_000,
        () => void real.send(request).catch(() => 0),
      );
      return Promise.resolve(OK);
    }),
  },
  {
    bug: 'the bill contains energy that was not delivered',
    isOfAllDialects: true,
    invariants: ['I8'],
    faults: [],
    interceptors: charger((event, proceed) =>
      proceed(
        event.type === 'transaction-stopped' && event.meterStopWh !== undefined
          ? { ...event, meterStopWh: event.meterStopWh + 7 }
          : event,
      ),
    ),
  },
  {
    bug: 'a session with a meter reset is billed by the last reading',
    invariants: ['I8', 'I11'],
    faults: ['meter-reset'],
    interceptors: charger((event, proceed) => {
      if (event.type !== 'meter-sampled') return proceed(event);
      return proceed({ ...event, samples: event.samples.filter((sample) => (sample.registerWh ?? 0) > 1000) });
    }),
  },
  {
    bug: 'unmatched transactions leave no discrepancy',
    invariants: ['I17'],
    faults: ['local-start'],
    interceptors: commits(({ discrepancies: _dropped, ...batch }) => batch),
  },
  {
    bug: 'a confirm is acknowledged and forgotten',
    invariants: ['I4'],
    faults: [],
    interceptors: {
      parts: ({ bridge }) => {
        intercept(bridge.buyerRequests, (request, handle) =>
          request.action === 'confirm' ? Promise.resolve({ ack: true }) : handle(request),
        );
      },
    },
  },
  {
    bug: 'a refused request takes effect',
    invariants: ['I4'],
    faults: [],
    interceptors: {
      parts: ({ bridge }) => {
        intercept(bridge.buyerRequests, async (request, handle) => {
          await handle(request);
          return { ack: false, refusal: { code: 'order-unknown' } };
        });
      },
    },
  },
  {
    bug: 'a repeat with changed content is accepted',
    invariants: ['I4'],
    faults: ['message-id-reused'],
    interceptors: {
      parts: ({ bridge }) => {
        intercept(bridge.buyerRequests, async (request, handle) => {
          const acknowledgement = await handle(request);
          return 'contentDiffers' in acknowledgement ? { ack: true } : acknowledgement;
        });
      },
    },
  },
  {
    bug: 'a StopTransaction is answered and discarded',
    invariants: ['I8', 'I10', 'liveness', 'I17'],
    faults: [],
    interceptors: charger((event, proceed) =>
      event.type === 'transaction-stopped' ? { type: 'transaction-stopped' } : proceed(event),
    ),
  },
  {
    bug: 'answered meter values do not survive a restart',
    invariants: ['I8', 'I11', 'I3'],
    faults: ['restart', 'crash-point', 'reboot-lost', 'meter-reset'],
    interceptors: store(() => ({
      appendMeterEntry: () => Promise.resolve(),
      meterEntriesOf: () => Promise.resolve([]),
    })),
  },
  {
    bug: 'transactionIds start again at 1 after a restart',
    invariants: ['I7'],
    faults: ['restart', 'crash-point', 'local-start'],
    interceptors: {
      store: (real, clock) => {
        let next = 0;
        return store(() => ({ nextNumber: () => Promise.resolve((next += 1)) })).store!(real, clock);
      },
    },
  },
  {
    bug: 'a second transaction of one tag is accepted',
    invariants: ['I1'],
    faults: ['second-transaction'],
    interceptors: charger(async (event, proceed) => {
      const outcome = await proceed(event);
      return outcome.type === 'transaction-started' && outcome.status === 'ConcurrentTx'
        ? { ...outcome, status: 'Accepted' }
        : outcome;
    }),
  },
  {
    bug: 'timers of more than 20 s never fire',
    invariants: ['liveness'],
    faults: ['no-cable', 'reboot-lost'],
    interceptors: {
      clock: (clock) => ({ ...clock, callLater: (ms, work) => clock.callLater(ms > 20_000 ? 1e12 : ms, work) }),
    },
  },
  {
    bug: 'a command waits for a charger after its order has ended',
    invariants: ['I2', 'F3'],
    faults: ['socket-drop', 'half-open', 'reboot-hard', 'no-cable'],
    interceptors: calls((connections, clock) => {
      const call = connections.sendCommand.bind(connections);
      return (id, command, options) =>
        command.type === 'remote-start'
          ? new Promise((resolve) => {
              clock.callLater(200_000, () => void call(id, command).then(resolve));
              void options;
            })
          : call(id, command, options);
    }),
  },
];

function raisePrices(network: Network): Network {
  return {
    ...network,
    providers: network.providers.map((provider) => ({
      ...provider,
      stations: provider.stations.map((station) => ({
        ...station,
        chargePoints: station.chargePoints.map((point) => ({
          ...point,
          connectors: point.connectors.map((connector) => ({
            ...connector,
            tariff: { ...connector.tariff, pricePerKwh: connector.tariff.pricePerKwh + 1 },
          })),
        })),
      })),
    })),
  };
}
