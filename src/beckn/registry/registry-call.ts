/** One exchange with a registry over HTTP. */
import { RegistryFault } from './registry.js';

const MAX_RESPONSE_BYTES = 1024 * 1024;

export interface RegistryRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
  /** Real ms for the whole exchange. */
  readonly timeoutMs: number;
}

export interface RegistryResponse {
  readonly status: number;
  /** The body, where it is a JSON object or list. */
  readonly json: unknown;
}

/** Follows no redirect and looks at no proxy setting. @errors RegistryFault when there is no answer. */
export async function callRegistry({
  method,
  url,
  body,
  headers,
  timeoutMs,
}: RegistryRequest): Promise<RegistryResponse> {
  // Imported on first use: a bridge whose peers are all cached starts and works without it.
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
      transformRequest: (sent: unknown) => sent,
      transformResponse: (got: unknown) => got,
      validateStatus: () => true,
    });
    return { status, json: parseJsonOrUndefined(data) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RegistryFault(`the registry at ${url} gave no answer: ${reason}`, { cause: error });
  }
}

function parseJsonOrUndefined(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
