/** Selects the record of a participant that is valid now, or says why there is none. */
import { isUsable, type LookupRow, type RegistryQuery, type RegistryRecord } from './registry.js';

/** The role that a participant must be registered in; `any` if networks do not agree on the role's name. */
export type SubscriberRole = 'BAP' | 'BG' | 'any';

export interface RecordFound {
  readonly record: RegistryRecord;
}

export interface LookupFailure {
  readonly problem:
    | 'unknown'
    | 'unusable'
    | 'not-subscribed'
    | 'expired'
    | 'wrong-type'
    | 'wrong-domain'
    | 'unavailable';
  /** An explanation for the peer. */
  readonly detail: string;
}

/** Explains why a lookup found no usable record: there is none, or the first one has a problem. */
export function noRecord({ subscriberId, keyId }: RegistryQuery, [row]: readonly LookupRow[]): LookupFailure {
  if (row && !isUsable(row))
    return { problem: 'unusable', detail: `the registry's record cannot be used: ${row.problem}` };
  const suffix = keyId === undefined ? '' : ` with the key id ${keyId}`;
  return { problem: 'unknown', detail: `the registry has no record of ${subscriberId}${suffix}` };
}

/**
 * Selects the first valid record; one that names a domain takes precedence over one for any domain.
 * @unit   `now` in epoch ms; `validUntil` is exclusive.
 * @errors The problem of the first record that is not valid.
 */
export function selectRecord(
  records: readonly RegistryRecord[],
  role: SubscriberRole,
  now: number,
  domains: readonly string[] | undefined,
): RecordFound | LookupFailure {
  let anyDomain: RecordFound | undefined;
  let firstProblem: LookupFailure | undefined;
  for (const record of records) {
    const problem = recordProblem(record, role, now, domains);
    if (problem) firstProblem ??= problem;
    else if (record.domain !== undefined) return { record };
    else anyDomain ??= { record };
  }
  return anyDomain ?? firstProblem ?? { problem: 'unknown', detail: 'the registry returned no record' };
}

function recordProblem(
  record: RegistryRecord,
  role: SubscriberRole,
  now: number,
  domains: readonly string[] | undefined,
): LookupFailure | undefined {
  const { subscriberId } = record;
  if (record.status !== 'SUBSCRIBED') {
    const status = record.status === '' ? 'without a status' : record.status;
    return { problem: 'not-subscribed', detail: `${subscriberId} is ${status} in the registry, not SUBSCRIBED` };
  }
  if (role !== 'any' && record.type !== undefined && record.type !== role) {
    return {
      problem: 'wrong-type',
      detail: `${subscriberId} is registered as ${record.type}, but ${role} is needed here`,
    };
  }
  if (domains && domains.length > 0 && record.domain !== undefined && !domains.includes(record.domain)) {
    return {
      problem: 'wrong-domain',
      detail: `${subscriberId} is registered for ${record.domain}, not for ${domains.join(', ')}`,
    };
  }
  if (record.validFrom !== undefined && now < record.validFrom) {
    return {
      problem: 'expired',
      detail: `the key ${record.keyId} of ${subscriberId} is not valid before ${formatTime(record.validFrom)}`,
    };
  }
  if (record.validUntil !== undefined && now >= record.validUntil) {
    return {
      problem: 'expired',
      detail: `the key ${record.keyId} of ${subscriberId} was valid until ${formatTime(record.validUntil)}`,
    };
  }
  return undefined;
}

function formatTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
