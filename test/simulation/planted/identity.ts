/**
 * Planted bugs: a message is assigned to the wrong transaction or order, or to none, or charging profiles of one
 * transaction differ in their id.
 */
import type { PlantedBug } from './planted-bug.js';

export const IDENTITY_BUGS: readonly PlantedBug[] = [
  {
    bug: 'a transaction id that a station uses again is the old transaction',
    edits: [
      {
        file: 'domain/matching/incarnations.ts',
        find: '  if (event.triggerReason === RESUMED) return false;',
        put: '  if (event.seqNo >= 0) return false;',
      },
    ],
    faults: ['stations', 'ids-reused'],
  },
  {
    bug: 'a stop with a wrong number and the right tag ends nothing',
    edits: [
      {
        file: 'domain/matching/stop-match.ts',
        find: 'const { named, idTag, tagged } = stop;',
        put: 'const { named, idTag } = stop;\n  const tagged = named ? undefined : stop.tagged;',
      },
    ],
    faults: ['wrong-number'],
  },
  {
    bug: 'a stop ends the session that its number names, whatever its card has begun',
    edits: [
      {
        file: 'domain/matching/stop-match.ts',
        find: '    const own = ownTransaction(stop, candidates);\n    if (own)',
        put: '    const own = ownTransaction(stop, candidates);\n    if (own && own.transactionId === named.transactionId)',
      },
      {
        file: 'domain/matching/stop-match.ts',
        find: 'if (isByOther && !fitsSession(namedOrder, stop, candidates)) return',
        put: 'if (isByOther && !isSinceBoot(namedOrder, candidates)) return',
      },
    ],
    faults: ['wrong-number', 'local-start', 'stranger-first'],
  },
  {
    bug: 'a start that is repeated with another time is a new transaction',
    edits: [
      {
        file: 'domain/matching/repeated-start.ts',
        find: 'return isSame && !(start.meterStartWh === 0 && open.hasMetered && isOfOtherTime);',
        put: 'return isSame && !isOfOtherTime;',
      },
    ],
    faults: ['restamped-start', 'socket-drop', 'slow-network'],
  },
  {
    bug: "a stranger's stop without number and tag ends the only session",
    edits: [
      {
        file: 'domain/matching/stop-match.ts',
        find: 'const isOnly = second === undefined && others.length === 0 && candidates.unmatched.length === 0;',
        put: 'const isOnly = second === undefined && others.length === 0;',
      },
      {
        file: 'domain/matching/stop-match.ts',
        find: 'candidates.open.filter((order) => mayEndUnnamed(order, stop, candidates));',
        put: 'candidates.open.filter(({ session }) => session);',
      },
      {
        file: 'domain/matching/stop-match.ts',
        find: "? { kind: 'assumed', orderId: only.id }",
        put: "? { kind: 'order', orderId: only.id }",
      },
    ],
    faults: ['tagless-stop', 'local-start'],
  },
  {
    bug: 'any start on its connector ends an order that is starting',
    edits: [
      {
        file: 'bridge/transactions/transaction-start.ts',
        find: '      if (order.session && !precedesStart(',
        put: "      if ((order.id !== owner?.id && order.state === 'starting') || order.session && !precedesStart(",
      },
      {
        file: 'domain/decide/transaction.ts',
        find: '  if (!order.session || isTerminal(order)) return noChange(order);\n  const session: Session',
        put: "  if (isTerminal(order)) return noChange(order);\n  if (!order.session) return endBeforeStart(order, 'connector-taken', context);\n  const session: Session",
      },
      {
        file: 'domain/decide/transaction.ts',
        find: 'import { accept, dropChargerCommands, noChange, notify, saveMeter } from',
        put: 'import { accept, dropChargerCommands, endBeforeStart, noChange, notify, saveMeter } from',
      },
    ],
    faults: ['stranger-first'],
  },
  {
    bug: 'a tag that comes back with a character more belongs to no order',
    edits: [{ file: 'domain/matching/tags.ts', find: 'const MAX_APPENDED = 2;', put: 'const MAX_APPENDED = 0;' }],
    faults: ['tag-appended'],
  },
  {
    bug: 'after a restart a session that another one followed gets readings without a number',
    edits: [
      {
        file: 'bridge/transactions/transaction-index.ts',
        find: 'if (!record.followed && isNewest)',
        put: 'if (isNewest)',
      },
    ],
    faults: ['stop-lost', 'local-start', 'restart', 'samples-unnumbered'],
  },
  {
    bug: 'the charging profile of a start has another id than those that follow it',
    edits: [
      {
        file: 'ocpp/versions/v2/commands.ts',
        find: 'chargingProfile: { id: remoteStartId,',
        put: 'chargingProfile: { id: 1,',
      },
    ],
    faults: ['stations'],
  },
];
