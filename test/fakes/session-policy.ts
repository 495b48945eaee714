import type { SessionPolicy } from '../../src/domain/policy.js';

/** The product's own waits, for tests that do not change them. */
export const SESSION_POLICY: SessionPolicy = {
  pendingMs: 120_000,
  buyerStartMs: 1_800_000,
  answerWithinMs: 25_000,
  startTimeoutMs: 90_000,
  recheckMs: 10_000,
  stopRetryMs: 30_000,
  stopAttempts: 3,
  unsureMs: 60_000,
  lostStopMs: 900_000,
  offlineGraceMs: 10_000,
  offlineMs: 86_400_000,
  finalMs: 604_800_000,
  progressMs: 60_000,
  progressWh: 1000,
  stopLatencyMs: 2000,
  askMeterMs: 5000,
  silentMs: 120_000,
  askMeterBeforeMs: 120_000,
  slotLeadMs: 600_000,
  slotGraceMs: 900_000,
  slotAheadMs: 604_800_000,
  quoteTtlMs: 900_000,
  horizonMs: { answer: 900_000, state: 86_400_000, progress: 900_000, terminal: 604_800_000 },
};
