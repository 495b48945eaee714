/** Which of a participant's records counts now, or why none does. */
import type { RegistryRecord } from './registry.js';

/** As what a participant is asked about; `any` where a network has no common name for its kind. */
export type SubscriberRole = 'BAP' | 'BG' | 'any';

export interface RecordFound {
  readonly record: RegistryRecord;
}

export interface LookupFailure {
  readonly problem: 'unknown' | 'not-subscribed' | 'expired' | 'wrong-type' | 'wrong-domain' | 'unavailable';
  /** A sentence for the peer. */
  readonly detail: string;
}

/**
 * The first record that holds, one of a wanted domain before one for any; otherwise the objection to the first one.
 * @unit   `now` in epoch ms; `validUntil` itself no longer counts.
 */
export function selectRecord(
  records: readonly RegistryRecord[],
  role: SubscriberRole,
  now: number,
  domains: readonly string[] | undefined,
): RecordFound | LookupFailure {
  let fallback: RecordFound | undefined;
  let objection: LookupFailure | undefined;
  for (const record of records) {
    const wrong = recordProblem(record, role, now, domains);
    if (wrong) objection ??= wrong;
    else if (record.domain !== undefined) return { record };
    else fallback ??= { record };
  }
  return fallback ?? objection ?? { problem: 'unknown', detail: 'the registry gave no record' };
}

function recordProblem(
  record: RegistryRecord,
  role: SubscriberRole,
  now: number,
  domains: readonly string[] | undefined,
): LookupFailure | undefined {
  const who = record.subscriberId;
  if (record.status !== 'SUBSCRIBED') {
    const status = record.status === '' ? 'without a status' : record.status;
    return { problem: 'not-subscribed', detail: `${who} is ${status} at the registry, not SUBSCRIBED` };
  }
  if (role !== 'any' && record.type !== undefined && record.type !== role) {
    return { problem: 'wrong-type', detail: `${who} is registered as ${record.type}, and ${role} is needed here` };
  }
  if (domains && domains.length > 0 && record.domain !== undefined && !domains.includes(record.domain)) {
    return {
      problem: 'wrong-domain',
      detail: `${who} is registered for ${record.domain}, not for ${domains.join(', ')}`,
    };
  }
  if (record.validFrom !== undefined && now < record.validFrom) {
    return {
      problem: 'expired',
      detail: `the key ${record.keyId} of ${who} is valid only from ${iso(record.validFrom)} on`,
    };
  }
  if (record.validUntil !== undefined && now >= record.validUntil) {
    return {
      problem: 'expired',
      detail: `the key ${record.keyId} of ${who} was valid until ${iso(record.validUntil)}`,
    };
  }
  return undefined;
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
