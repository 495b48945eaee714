/** Sends HTTP requests to registries. */
import { isObject, parseJsonOrUndefined, valueAt } from '../protocol/json-reading.js';
import { RegistryFault } from './registry.js';

const MAX_RESPONSE_BYTES = 1024 * 1024;
const MAX_STATUS_LENGTH = 200;

export interface RegistryRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
  /** Time limit for the whole exchange, in ms of real time. */
  readonly timeoutMs: number;
}

export interface RegistryResponse {
  readonly status: number;
  /** The body if it is a JSON object or list, otherwise `undefined`. */
  readonly json: unknown;
}

/**
 * Checks whether a response says that the registry has no record for the lookup: a 404 with a JSON body that is not a
 * NACK. A 404 without a JSON body means that the registry's address is wrong.
 */
export function saysNoRecord({ status, json }: RegistryResponse): boolean {
  return status === 404 && json !== undefined && valueAt(json, 'message', 'ack') === undefined;
}

/** Follows no redirects and ignores proxy settings. @errors RegistryFault for 429, or if no full response arrives. */
export async function callRegistry({
  method,
  url,
  body,
  headers,
  timeoutMs,
}: RegistryRequest): Promise<RegistryResponse> {
  // Imported on first use, because a process whose peers are all cached works without it.
  const { default: axios } = await import('axios');
  try {
    const { status, data } = await axios.request<unknown>({
      method,
      url,
      data: body,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      maxRedirects: 0,
      maxContentLength: MAX_RESPONSE_BYTES,
      proxy: false,
      responseType: 'text',
      transformRequest: (data: unknown) => data,
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
    });
    if (status === 429) {
      throw new RegistryFault(`the registry at ${url} refuses to be asked so often`, { kind: 'busy' });
    }
    const value = parseJsonOrUndefined(data);
    return { status, json: typeof value === 'object' && value !== null ? value : undefined };
  } catch (error) {
    if (error instanceof RegistryFault) throw error;
    const kind = axios.isCancel(error) || isTimeout(error) ? 'timeout' : 'away';
    const reason = error instanceof Error ? error.message : String(error);
    throw new RegistryFault(`the registry at ${url} did not respond: ${reason}`, { cause: error, kind });
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT');
}

/** Checks whether a body reports an error, whatever the HTTP status: a NACK, or an object with an `error`. */
export function saysError(json: unknown): boolean {
  const { error } = isObject(json) ? json : {};
  const hasError = isObject(error) || (typeof error === 'string' && error !== '');
  return hasError || valueAt(json, 'message', 'ack', 'status') === 'NACK';
}

/** Extracts a short explanation from a response, or from its first item: the `status`, error or `message`. */
export function readStatusText(json: unknown): string | undefined {
  const body: unknown = Array.isArray(json) ? json[0] : json;
  if (!isObject(body)) return undefined;
  const { error } = body;
  const text = body['status'] ?? (isObject(error) ? error['message'] : error) ?? body['message'];
  return typeof text === 'string' ? text.replace(/[\p{C}\s]+/gu, ' ').slice(0, MAX_STATUS_LENGTH) : undefined;
}
