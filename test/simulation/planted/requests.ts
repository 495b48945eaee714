/**
 * Planted bugs: a request is answered wrongly or too early, something is sold that cannot charge, or an honest charger
 * is put under quarantine.
 */
import type { PlantedBug } from './planted-bug.js';

export const REQUEST_BUGS: readonly PlantedBug[] = [
  {
    bug: 'an order that was initiated is unknown until its confirm',
    edits: [
      {
        file: 'bridge/buyers/queries.ts',
        find: 'const isKnown = order?.idTag !== undefined || (orderId !== undefined && order?.initiated === true);',
        put: 'const isKnown = order?.idTag !== undefined;',
      },
    ],
    faults: ['change-of-mind'],
  },
  {
    bug: 'a confirm is acknowledged although its callback address is not the registered one',
    edits: [
      {
        file: 'beckn/inbound/request-pipeline.ts',
        find: '    if (!problem) return undefined;',
        put: '    if (!problem || subscriberId !== undefined) return undefined;',
      },
    ],
    faults: ['foreign-uri'],
  },
  {
    bug: 'a confirm is acknowledged although the name of its callback address leads to a private address',
    edits: [
      {
        file: 'beckn/outbound/callback-target.ts',
        find: '  if (addresses) return privateAddressProblem(host, addresses);',
        put: '  if (addresses) return undefined;',
      },
    ],
    faults: [],
    test: {
      file: 'test/unit/beckn/inbound/request-pipeline.callback-address.test.ts',
      title: 'of an app whose registered name leads to a private address',
    },
  },
  {
    bug: 'a connector that is out of order is quoted as available',
    edits: [
      {
        file: 'domain/locations/sale.ts',
        find: 'return FREE_STATUSES.has(status) ? undefined : busy(status);',
        put: 'return undefined;',
      },
    ],
    faults: ['connector-fault'],
  },
  {
    bug: 'a charge point whose boots are not accepted sells',
    edits: [
      {
        file: 'bridge/charge-points/sale-statuses.ts',
        find: "return isAccepted && chargePoints.record(chargePointId).bootStatus === undefined ? undefined : 'not accepted';",
        put: 'return isAccepted ? undefined : undefined;',
      },
      {
        file: 'domain/locations/sale.ts',
        find: "  if (sale.charger === 'gone') return { code: 'charger-offline', path: ITEMS_PATH };\n",
        put: '',
      },
    ],
    faults: ['boot-held'],
  },
  {
    bug: 'a request to stop is answered before the session is over',
    edits: [
      {
        file: 'beckn/dialects/uei-charging/read.ts',
        find: "{ type: 'stop', reply: 'at-end', orderId }",
        put: "{ type: 'stop', reply: 'at-once', orderId }",
      },
    ],
    faults: [],
  },
  {
    bug: 'support for an unknown reference names the first provider of the network',
    edits: [
      {
        file: 'bridge/callbacks/query-responses.ts',
        find: '      this.#providerOf(await orderCache.findNewest(buyer, record.becknTransactionId)) ??\n',
        put: '',
      },
    ],
    faults: ['support', 'timed-tariff'],
  },
  {
    bug: 'a charger that opens sockets without closing the old ones is put under quarantine',
    edits: [
      {
        file: 'ocpp/connection/takeover.ts',
        find: '  if (isSameCharger(old, challenger)) return undefined;\n',
        put: '',
      },
      {
        file: 'ocpp/connection/takeover.ts',
        find: '    old.address === challenger.address &&\n    old.profile',
        put: '    old.address !== challenger.address &&\n    old.profile',
      },
    ],
    faults: ['double-sockets'],
  },
];
