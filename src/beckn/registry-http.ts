/** A registry asked over HTTP. */
import type { Events } from '../bridge/ports/observe.js';
import { isObject, readRecord, RegistryFault, type RegistryRecord, type RegistrySource } from './registry.js';

const PATHS = { succinct: '/subscribers/lookup', core: '/lookup', ondc: '/v2.0/lookup' } as const;
const MAX_BYTES = 1024 * 1024;

export interface HttpRegistryOptions {
  /** Base address, with or without a trailing slash. */
  readonly url: string;
  readonly spelling: keyof typeof PATHS;
  /** Real ms for the whole exchange. */
  readonly timeoutMs?: number;
  /** The record's schema, where one is at hand: what it refuses is passed over. */
  readonly check?: (record: unknown) => { readonly path: string; readonly message: string } | undefined;
  readonly events?: Events;
}

/**
 * Sends every synonym of the subscriber and key id that a registry may look for, and leaves it to the caller to
 * pick from the answer: some registries ignore what they do not know and answer with more.
 */
export function createHttpRegistry(options: HttpRegistryOptions): RegistrySource {
  const url = options.url.replace(/\/+$/, '') + PATHS[options.spelling];
  const timeoutMs = options.timeoutMs ?? 5000;

  return {
    async lookup({ subscriberId, keyId }) {
      const query = { subscriber_id: subscriberId, ...(keyId === undefined ? {} : keySynonyms(keyId)) };
      const { status, data } = await post(url, JSON.stringify(query), timeoutMs);
      const answer = readJson(data);
      // A 404 in JSON is an answer; one without is a wrong address.
      if (status === 404 && answer !== undefined) return [];
      if (status < 200 || status > 299) throw new RegistryFault(`the registry answered ${status} at ${url}`);
      const records = Array.isArray(answer) ? answer : answer === undefined ? undefined : [answer];
      if (!records) throw new RegistryFault(`the registry's answer at ${url} is no JSON list of records`);
      return readRecords(records, subscriberId, options);
    },
  };
}

function keySynonyms(keyId: string): { readonly [name: string]: string } {
  return { unique_key_id: keyId, key_id: keyId, pub_key_id: keyId, ukId: keyId };
}

/** Keeps what can be read; a bad record costs only itself. */
function readRecords(raw: readonly unknown[], subscriberId: string, options: HttpRegistryOptions): RegistryRecord[] {
  const records: RegistryRecord[] = [];
  for (const item of raw) {
    if (isObject(item) && item['subscriber_id'] !== undefined && item['subscriber_id'] !== subscriberId) continue;
    const violation = options.check?.(item);
    const record = violation ? { problem: `${violation.path}: ${violation.message}` } : readRecord(item);
    if ('problem' in record) options.events?.emit('registry.failed', { subscriberId, reason: record.problem });
    else records.push(record);
  }
  return records;
}

async function post(url: string, body: string, timeoutMs: number): Promise<{ status: number; data: unknown }> {
  // Imported on first use: a bridge whose peers are all cached starts and works without it.
  const { default: axios } = await import('axios');
  try {
    return await axios.post<unknown>(url, body, {
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      maxRedirects: 0,
      maxContentLength: MAX_BYTES,
      proxy: false,
      responseType: 'text',
      transformRequest: (data: unknown) => data,
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RegistryFault(`the registry at ${url} gave no answer: ${reason}`, { cause: error });
  }
}

function readJson(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return Array.isArray(value) || isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
