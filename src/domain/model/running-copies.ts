/**
 * Copies what every reading of every charger changes: the order, its session and its meter. Each copy is written out,
 * always with the same properties in the same order. V8 then takes a fifth of the time that spreads take, and reads the
 * copies faster, too.
 *
 * Properties that are absent become `undefined` here. JSON, and thus every stored document, leaves them out.
 */
import type { Order, OrderState } from './order.js';
import type { Meter, Session } from './session.js';

/** All properties of `T`, of which optional ones may be undefined. */
type Complete<T> = { -readonly [K in keyof Required<T>]: T[K] };

/** A meter that is being changed, before others see it. */
export type MutableMeter = { -readonly [K in keyof Meter]: Meter[K] };

type OptionalIn<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

export function copyMeter(meter: Meter): MutableMeter {
  const copy: Complete<Meter> = {
    registerWh: meter.registerWh,
    energyWh: meter.energyWh,
    at: meter.at,
    receivedAt: meter.receivedAt,
    relative: meter.relative,
    resets: meter.resets,
    resetAt: meter.resetAt,
    rejectedReadings: meter.rejectedReadings,
    intervalWh: meter.intervalWh,
    powerBasedWh: meter.powerBasedWh,
    socStart: meter.socStart,
    soc: meter.soc,
    socBefore: meter.socBefore,
    voltage: meter.voltage,
    current: meter.current,
    powerW: meter.powerW,
    chargingPeriods: meter.chargingPeriods,
    takenAt: meter.takenAt,
    knownAt: meter.knownAt,
    intervalMs: meter.intervalMs,
    beganAt: meter.beganAt,
    startStampedLate: meter.startStampedLate,
    outOfOrder: meter.outOfOrder,
    lastLive: meter.lastLive,
    powerErrorW: meter.powerErrorW,
    powerTrust: meter.powerTrust,
    reportedPowerW: meter.reportedPowerW,
    powerBase: meter.powerBase,
    resolutionWh: meter.resolutionWh,
    unregisteredWh: meter.unregisteredWh,
    beyondPowerWh: meter.beyondPowerWh,
    unseenWh: meter.unseenWh,
    risenFromWh: meter.risenFromWh,
    overcountWh: meter.overcountWh,
    takenBackWh: meter.takenBackWh,
    rival: meter.rival,
    previous: meter.previous,
    suspectedScale: meter.suspectedScale,
    estimateWh: meter.estimateWh,
    observedPowerW: meter.observedPowerW,
    journalSeq: meter.journalSeq,
  };
  return copy as MutableMeter;
}

/** Removes a property from a meter that is being changed, by setting it to `undefined`: the object keeps its shape. */
export function clear(meter: MutableMeter, key: OptionalIn<Meter>): void {
  (meter as Complete<Meter>)[key] = undefined;
}

/** Returns a copy of the session with another meter and another `proveAliveBy`, epoch ms. */
export function copySession(session: Session, meter: Meter, proveAliveBy: number): Session {
  const copy: Complete<Session> = {
    transactionId: session.transactionId,
    startKey: session.startKey,
    meterStartWh: session.meterStartWh,
    baseline: session.baseline,
    ownReadings: session.ownReadings,
    strayReadings: session.strayReadings,
    startAssumed: session.startAssumed,
    startedAt: session.startedAt,
    startReceivedAt: session.startReceivedAt,
    requestedAt: session.requestedAt,
    meter,
    proveAliveBy,
    stop: session.stop,
    end: session.end,
    assumedStop: session.assumedStop,
    continuedAt: session.continuedAt,
    endSuspectedSince: session.endSuspectedSince,
    endSuspectedReason: session.endSuspectedReason,
    notOngoing: session.notOngoing,
    followed: session.followed,
    offlineSince: session.offlineSince,
    offlineNotified: session.offlineNotified,
    provisionalSince: session.provisionalSince,
    finalAt: session.finalAt,
    meterTriggeredAt: session.meterTriggeredAt,
    resumedAt: session.resumedAt,
    capabilities: session.capabilities,
    ratedPowerW: session.ratedPowerW,
    doubtfulGap: session.doubtfulGap,
    missedTime: session.missedTime,
    chargingProfile: session.chargingProfile,
    profileReviewAt: session.profileReviewAt,
    transactionBefore: session.transactionBefore,
    enforcedLimits: session.enforcedLimits,
    progressSentAt: session.progressSentAt,
    progressSentWh: session.progressSentWh,
    displayedCost: session.displayedCost,
  };
  return copy as Session;
}

/** Returns a copy of the order with another state and session. */
export function copyOrder(order: Order, state: OrderState, session: Session): Order {
  const copy: Complete<Order> = {
    id: order.id,
    version: order.version,
    state,
    customer: order.customer,
    becknTransactionId: order.becknTransactionId,
    replyContext: order.replyContext,
    connector: order.connector,
    limit: order.limit,
    tariff: order.tariff,
    offer: order.offer,
    buyerFinderFee: order.buyerFinderFee,
    quote: order.quote,
    initiated: order.initiated,
    connectorHeld: order.connectorHeld,
    billing: order.billing,
    passthrough: order.passthrough,
    payment: order.payment,
    authorised: order.authorised,
    caps: order.caps,
    idTag: order.idTag,
    remoteStart: order.remoteStart,
    deadlines: order.deadlines,
    session,
    awaitsBuyerStart: order.awaitsBuyerStart,
    deferredCallback: order.deferredCallback,
    cancelReason: order.cancelReason,
    slot: order.slot,
    bill: order.bill,
    cable: order.cable,
    outcome: order.outcome,
    closedBy: order.closedBy,
    connectorState: order.connectorState,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    ledger: order.ledger,
    effects: order.effects,
    nextEffectSeq: order.nextEffectSeq,
    handledRequests: order.handledRequests,
  };
  return copy as Order;
}
