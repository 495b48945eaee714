/** Converts the settings to the policy for decisions, with times in milliseconds. */
import type { Config } from '../config/config.js';
import type { SessionPolicy } from '../domain/model/policy.js';

const METER_REQUEST_MS = 5000;
const METER_REQUEST_BEFORE_MS = 120_000;
/** The shortest silence before a reading is requested, ms. Some chargers send readings only when triggered. */
const METER_SILENCE_MS = 120_000;
const RECHECK_MS = 10_000;
const OFFLINE_GRACE_MS = 10_000;

export function sessionPolicy({
  session,
  beckn,
  callbacks,
  ocpp,
  payments,
}: Pick<Config, 'session' | 'beckn' | 'callbacks' | 'ocpp' | 'payments'>): SessionPolicy {
  const s = (seconds: number): number => seconds * 1000;
  const stateMs = callbacks.stateHorizonH * 3_600_000;
  return {
    pendingMs: s(session.pendingS),
    buyerStartMs: s(session.buyerStartS),
    answerWithinMs: s(session.answerWithinS),
    startTimeoutMs: s(session.startTimeoutS),
    recheckMs: Math.min(RECHECK_MS, s(session.startTimeoutS) / 2),
    maxSessionMs: s(session.maxDurationS),
    proveAliveMs: s(session.proveAliveS),
    stopRetryMs: s(session.stopRetryS),
    stopAttempts: session.stopAttempts,
    endSuspicionMs: s(session.unsureS),
    lostStopMs: s(session.lostStopS),
    offlineGraceMs: OFFLINE_GRACE_MS,
    offlineMs: s(session.offlineS),
    finalMs: s(session.finalS),
    progressMs: s(session.progressS),
    progressWh: session.progressWh,
    stopLatencyMs: s(session.stopLatencyS),
    meterTriggerIntervalMs: METER_REQUEST_MS,
    meterTriggerLeadMs: METER_REQUEST_BEFORE_MS,
    silentMs: Math.max(METER_SILENCE_MS, s(ocpp.sampleIntervalS) * 3),
    slotLeadMs: s(session.slotLeadS),
    slotGraceMs: s(session.slotGraceS),
    slotAheadMs: session.slotAheadH * 3_600_000,
    quoteTtlMs: s(beckn.quoteTtlS),
    paidDraftMs: s(payments.paidDraftS),
    payWithinMs: s(payments.payWithinS),
    unlockCableWhen: payments.cable,
    giveUpAfterMs: {
      answer: callbacks.answerHorizonMin * 60_000,
      state: stateMs,
      progress: callbacks.answerHorizonMin * 60_000,
      terminal: callbacks.terminalHorizonH * 3_600_000,
    },
  };
}
