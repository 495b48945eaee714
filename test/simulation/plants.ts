/** Bugs, each planted from outside by wrapping one port. They try the checker: one that is not seen is a hole in the net. */
import type { ChargerEvent, ChargerOutcome } from '../../src/ports/charger-events.js';
import type { HttpClient, HttpRequest } from '../../src/ports/http.js';
import type { Clock } from '../../src/ports/runtime.js';
import type { Batch, Store } from '../../src/ports/store.js';
import type { Composition } from '../../src/app/compose.js';
import type { Network } from '../../src/domain/model/network.js';
import type { Fault } from './faults.js';
import type { Plants } from './node.js';

export interface Plant {
  readonly bug: string;
  /** Any of these tells it. */
  readonly seenAs: readonly string[];
  readonly faults: readonly Fault[];
  readonly plants: Plants;
}

const OK = { status: 200, headers: {}, body: '{"message":{"ack":{"status":"ACK"}}}' };

/** The same store but for some of its methods. */
function store(change: (store: Store, clock: Clock) => Partial<Store>): Plants {
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

const commits = (change: (batch: Batch) => Batch): Plants =>
  store((real) => ({ commit: (batch) => real.commit(change(batch)) }));

function http(send: (request: HttpRequest, real: HttpClient, clock: Clock) => ReturnType<HttpClient['send']>): Plants {
  return { http: (real, clock) => ({ send: (request) => send(request, real, clock) }) };
}

const isFinal = (body = ''): boolean =>
  /"action":"on_status"/.test(body) && /"status":"(COMPLETE|CANCELLED)"/.test(body);

/** What a charger tells, bent on its way in; or what it is answered, bent on its way out. */
function charger(
  bend: (
    event: ChargerEvent,
    go: (event: ChargerEvent) => ChargerOutcome | Promise<ChargerOutcome>,
  ) => ChargerOutcome | Promise<ChargerOutcome>,
): Plants {
  return {
    parts: ({ bridge }) => {
      const handle = bridge.chargerEvents.handleEvent.bind(bridge.chargerEvents);
      bridge.chargerEvents.handleEvent = (id, event) => bend(event, (other) => handle(id, other));
    },
  };
}

function calls(
  change: (sockets: Composition['connections'], clock: Clock) => Composition['connections']['sendCommand'],
): Plants {
  return {
    parts: ({ connections: sockets }, clock) => {
      sockets.sendCommand = change(sockets, clock);
    },
  };
}

/** The batch with the amounts of some of its postings changed. */
function posts(batch: Batch, kind: string, change: (amount: number) => number): Batch {
  if (!batch.orders) return batch;
  const bent = batch.orders.map(({ order, expectedVersion }) => ({
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
  return { ...batch, orders: bent };
}

export const PLANTS: readonly Plant[] = [
  {
    bug: 'the store acknowledges before it has written',
    seenAs: ['I4', 'I5', 'I6', 'I7', 'I8', 'I10', 'liveness', 'I2', 'I17', 'I3'],
    faults: ['restart', 'chaos-kill'],
    plants: store((real, clock) => ({
      commit: (batch) => {
        clock.callLater(3000, () => void real.commit(batch).catch(() => undefined));
        return Promise.resolve();
      },
    })),
  },
  {
    bug: 'a repeated start gets a new number',
    seenAs: ['I6'],
    faults: ['new-id-on-retry', 'socket-drop', 'half-open', 'restart', 'slow-network'],
    plants: store(() => ({ transactionByStartKey: () => Promise.resolve(undefined) })),
  },
  {
    bug: 'the end is notified twice, in two ways',
    seenAs: ['I3'],
    faults: [],
    plants: http(async (request, real) => {
      if (isFinal(request.body)) {
        const body = request.body!.replace(
          /"message_id":"[^"]*"/,
          '"message_id":"11111111-1111-4111-8111-111111111111"',
        );
        await real.send({ ...request, body });
      }
      return real.send(request);
    }),
  },
  {
    bug: 'a refund is posted for double',
    seenAs: ['ledger'],
    faults: [],
    plants: commits((batch) => posts(batch, 'refund', (amount) => amount * 2)),
  },
  {
    bug: 'a posting has one side more than the other',
    seenAs: ['ledger'],
    faults: [],
    plants: commits((batch) => posts(batch, 'bill', (amount) => Math.max(1, amount))),
  },
  {
    bug: 'the wrong tariff',
    seenAs: ['I9'],
    faults: [],
    plants: { network: dearer },
  },
  {
    bug: 'billed more than was authorised',
    seenAs: ['I9'],
    faults: [],
    plants: http((request, real) => {
      const body = (request.body ?? '').replace(/"value":"[^"]*","estimated_value":"([^"]*)"/, (_all, most: string) => {
        return `"value":"${(Number(most) + 0.01).toFixed(2)}","estimated_value":"${most}"`;
      });
      return real.send(isFinal(request.body) ? { ...request, body } : request);
    }),
  },
  {
    bug: 'two RemoteStarts with two tags',
    seenAs: ['I2'],
    faults: [],
    plants: calls((sockets) => {
      const call = sockets.sendCommand.bind(sockets);
      return (id, command, options) => {
        if (command.type === 'remote-start') void call(id, { ...command, idTag: 'A'.repeat(20) });
        return call(id, command, options);
      };
    }),
  },
  {
    bug: 'a RemoteStart is sent again at once when it was not answered',
    seenAs: ['F3'],
    faults: ['start-ignored'],
    plants: calls((sockets, clock) => {
      const call = sockets.sendCommand.bind(sockets);
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
    seenAs: ['liveness', 'I4'],
    faults: [],
    plants: http((request, real) => (isFinal(request.body) ? Promise.resolve(OK) : real.send(request))),
  },
  {
    bug: "another's order is notified",
    seenAs: ['I12'],
    faults: ['hostile'],
    plants: store((real) => ({
      order: async (id) => {
        const order = await real.order(id);
        return order && { ...order, buyerApp: { ...order.buyerApp, bapId: 'two.example' } };
      },
    })),
  },
  {
    bug: 'callbacks overtake one another',
    seenAs: ['I13', 'I3'],
    faults: [],
    plants: http((request, real, clock) => {
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
    bug: 'the stop is billed with energy that nobody took',
    seenAs: ['I8'],
    faults: [],
    plants: charger((event, go) =>
      go(
        event.type === 'transaction-stopped' && event.meterStopWh !== undefined
          ? { ...event, meterStopWh: event.meterStopWh + 7 }
          : event,
      ),
    ),
  },
  {
    bug: 'a meter that began again is billed by its last reading',
    seenAs: ['I8', 'I11'],
    faults: ['meter-reset'],
    plants: charger((event, go) => {
      if (event.type !== 'meter-sampled') return go(event);
      return go({ ...event, samples: event.samples.filter((sample) => (sample.registerWh ?? 0) > 1000) });
    }),
  },
  {
    bug: 'unmatched transactions leave no discrepancy',
    seenAs: ['I17'],
    faults: ['local-start'],
    plants: commits(({ discrepancies: _discrepancies, ...batch }) => batch),
  },
  {
    bug: 'a confirm is acknowledged and forgotten',
    seenAs: ['I4'],
    faults: [],
    plants: {
      parts: ({ bridge }) => {
        const receive = bridge.buyerRequests.handleRequest.bind(bridge.buyerRequests);
        bridge.buyerRequests.handleRequest = (request) =>
          request.action === 'confirm' ? Promise.resolve({ ack: true }) : receive(request);
      },
    },
  },
  {
    bug: 'what was refused is done all the same',
    seenAs: ['I4'],
    faults: [],
    plants: {
      parts: ({ bridge }) => {
        const receive = bridge.buyerRequests.handleRequest.bind(bridge.buyerRequests);
        bridge.buyerRequests.handleRequest = async (request) => {
          await receive(request);
          return { ack: false, refusal: { code: 'order-unknown' } };
        };
      },
    },
  },
  {
    bug: 'a changed repeat is taken',
    seenAs: ['I4'],
    faults: ['message-id-reused'],
    plants: {
      parts: ({ bridge }) => {
        const receive = bridge.buyerRequests.handleRequest.bind(bridge.buyerRequests);
        bridge.buyerRequests.handleRequest = async (request) => {
          const receipt = await receive(request);
          return 'contentDiffers' in receipt ? { ack: true } : receipt;
        };
      },
    },
  },
  {
    bug: 'a StopTransaction is answered and thrown away',
    seenAs: ['I8', 'I10', 'liveness', 'I17'],
    faults: [],
    plants: charger((event, go) =>
      event.type === 'transaction-stopped' ? { type: 'transaction-stopped' } : go(event),
    ),
  },
  {
    bug: 'answered meter readings do not survive a restart',
    seenAs: ['I8', 'I11', 'I3'],
    faults: ['restart', 'chaos-kill', 'reboot-lost', 'meter-reset'],
    plants: store(() => ({ appendMeterEntry: () => Promise.resolve(), meterEntriesOf: () => Promise.resolve([]) })),
  },
  {
    bug: 'numbers begin at 1 after a restart',
    seenAs: ['I7'],
    faults: ['restart', 'chaos-kill', 'local-start'],
    plants: {
      store: (real, clock) => {
        let next = 0;
        return store(() => ({ nextNumber: () => Promise.resolve((next += 1)) })).store!(real, clock);
      },
    },
  },
  {
    bug: 'a second transaction of one tag is accepted',
    seenAs: ['I1'],
    faults: ['second-transaction'],
    plants: charger(async (event, go) => {
      const outcome = await go(event);
      return outcome.type === 'transaction-started' && outcome.status === 'ConcurrentTx'
        ? { ...outcome, status: 'Accepted' }
        : outcome;
    }),
  },
  {
    bug: 'long waits are forgotten',
    seenAs: ['liveness'],
    faults: ['no-cable', 'reboot-lost'],
    plants: {
      clock: (clock) => ({ ...clock, callLater: (ms, work) => clock.callLater(ms > 20_000 ? 1e12 : ms, work) }),
    },
  },
  {
    bug: 'a command waits for a charger longer than its order',
    seenAs: ['I2', 'F3'],
    faults: ['socket-drop', 'half-open', 'reboot-hard', 'no-cable'],
    plants: calls((sockets, clock) => {
      const call = sockets.sendCommand.bind(sockets);
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

function dearer(network: Network): Network {
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
