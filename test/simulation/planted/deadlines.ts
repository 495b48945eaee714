/** Planted bugs: an order or a transaction never ends, or an order starts or ends at the wrong time. */
import type { PlantedBug } from './planted-bug.js';

/** A reconnect counts as a proof of life, and nothing limits the session. */
const RETURN_IS_LIFE = [
  {
    file: 'domain/decide/connectivity.ts',
    find: '    resumedAt: now,\n',
    put: '    resumedAt: now,\n    proveAliveBy: now + 3_600_000,\n    endSuspectedSince: undefined as never,\n',
  },
  {
    file: 'domain/decide/timers.ts',
    find: 'return deadlinesOf(order, policy).endBy + unconfirmedMs(order.session ?? {});',
    put: 'return Infinity;',
  },
] as const;

export const DEADLINE_BUGS: readonly PlantedBug[] = [
  {
    bug: 'each return of its charger keeps a session alive whose stop was lost',
    edits: RETURN_IS_LIFE,
    faults: ['stop-lost', 'restless', 'silent-socket'],
  },
  {
    bug: 'any reading of its connector keeps a session alive whose stop was lost',
    edits: [
      {
        file: 'domain/metering/liveness.ts',
        find: 'if (reading.namesTransaction) return true;',
        put: 'if (reading.energyWh >= 0) return true;',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'return deadlinesOf(order, policy).endBy + unconfirmedMs(order.session ?? {});',
        put: 'return Infinity;',
      },
    ],
    faults: ['stop-lost'],
  },
  {
    bug: 'a lost stop is suspected only where the connector is reported free',
    edits: [
      {
        file: 'domain/decide/timers.ts',
        find: 'return suspicionDeadline(session, policy) ?? proveAliveBy(session, policy);',
        put: 'return suspicionDeadline(session, policy) ?? Infinity;',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'if (session.endSuspectedSince !== undefined || now < proveAliveBy(session, policy)) return undefined;',
        put: 'return undefined;',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'return deadlinesOf(order, policy).endBy + unconfirmedMs(order.session ?? {});',
        put: 'return Infinity;',
      },
    ],
    faults: ['stop-lost', 'silent-meter'],
  },
  {
    bug: 'a start is sent again hours after a kill',
    edits: [
      {
        file: 'domain/decide/remote-start.ts',
        find: 'if (now >= deadlinesOf(order, context.policy).startBy) {',
        put: 'if (now < 0) {',
      },
      {
        file: 'domain/decide/remote-start.ts',
        find: 'return Math.min(wanted, deadlinesOf(order, policy).startBy);',
        put: 'return wanted;',
      },
      {
        file: 'domain/decide/connectivity.ts',
        find: 'deadline: Math.max(start.deadline, Math.min(now + policy.startTimeoutMs, latest)),',
        put: 'deadline: Math.max(start.deadline, now + policy.startTimeoutMs, latest - latest),',
      },
      {
        file: 'domain/decide/connectivity.ts',
        find: `    const latest = deadlinesOf(order, policy).startBy;
    const deadline = Math.max(remoteStart.deadline, Math.min(now + policy.startTimeoutMs, latest));`,
        put: '    const deadline = Math.max(remoteStart.deadline, now + policy.startTimeoutMs);',
      },
    ],
    faults: ['kill-at-start', 'start-ignored'],
  },
  {
    bug: 'a booked session starts after its slot has ended',
    edits: [
      {
        file: 'domain/decide/timers.ts',
        find: 'if (slot && now < deadlinesOf(order, policy).startBy) return reservationTimerDue(order, slot, context);',
        put: 'if (slot) return reservationTimerDue(order, slot, context);',
      },
      {
        file: 'domain/decide/remote-start.ts',
        find: 'if (now >= deadlinesOf(order, context.policy).startBy) {',
        put: 'if (now < 0) {',
      },
      {
        file: 'domain/decide/remote-start.ts',
        find: 'return Math.min(wanted, deadlinesOf(order, policy).startBy);',
        put: 'return wanted;',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'return Math.min(Math.max(remoteStart.requestedAt + policy.pendingMs, slot ? remoteStart.deadline : 0), startBy);',
        put: 'return Math.max(remoteStart.requestedAt + policy.pendingMs, slot ? remoteStart.deadline : 0, startBy - startBy);',
      },
      {
        file: 'domain/decide/reservation.ts',
        find: 'requestedAt: Math.max(slot.from, order.remoteStart?.requestedAt ?? 0)',
        put: 'requestedAt: now',
      },
    ],
    faults: ['long-outage', 'bookings'],
    test: {
      file: 'test/unit/domain/decide/timers.deadlines.test.ts',
      title: 'is not sent after the booked slot has ended',
    },
  },
  {
    bug: 'a start waits for its charger for longer than an order may',
    edits: [
      {
        file: 'domain/decide/remote-start.ts',
        find: 'if (now >= deadlinesOf(order, context.policy).startBy) {',
        put: 'if (now < 0) {',
      },
      {
        file: 'domain/decide/remote-start.ts',
        find: 'return Math.min(wanted, deadlinesOf(order, policy).startBy);',
        put: 'return wanted;',
      },
    ],
    faults: ['long-outage', 'socket-drop', 'reboot-hard'],
    test: {
      file: 'test/unit/domain/decide/timers.deadlines.test.ts',
      title: 'is not sent when the charger comes an hour after the confirm',
    },
  },
  {
    bug: 'a session that does not obey its RemoteStop is stopping for ever',
    edits: [
      {
        file: 'domain/decide/timers.ts',
        find: 'if (now >= obeyBy(order, policy)) {',
        put: 'if (now < 0) {',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'const lifeOrEnd = Math.min(lifeAt ?? Infinity, obeyBy(order, policy));',
        put: 'const lifeOrEnd = session.endSuspectedSince === undefined ? Infinity : (lifeAt ?? Infinity);',
      },
      {
        file: 'domain/decide/timers.ts',
        find: 'const silent = offlineSince === undefined ? lifeTimerDue(order, session, context) : undefined;',
        put: 'const silent = undefined;',
      },
    ],
    faults: ['stop-lost', 'stop-ignored'],
  },
  {
    bug: 'transactions of strangers stay open for ever',
    edits: [
      {
        file: 'bridge/transactions/transaction-start.ts',
        find: '    if (changed.length === 0) return;',
        put: '    if (changed.length >= 0) return;',
      },
    ],
    faults: ['local-start', 'stop-lost'],
  },
  {
    bug: "a step of the host's clock moves the end of an order whose stop is awaited",
    edits: [
      {
        file: 'domain/decide/timers.ts',
        find: 'const state = pendingReservation(order) ? undefined',
        put: "const state = order.state === 'provisional' || pendingReservation(order) ? undefined",
      },
    ],
    faults: ['live-clock-step', 'stop-lost'],
  },
];
