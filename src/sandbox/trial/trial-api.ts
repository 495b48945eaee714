/** Opens and closes a trial through the operator's API. */
import { isJson, textOf, valueAt } from '../runtime/json.js';

/** Thrown when the bridge refuses. The message is a sentence. */
export class TrialError extends Error {
  override readonly name = 'TrialError';
}

export interface TrialBridge {
  /** The origin of the operator's listener. */
  readonly url: string;
  readonly token: string;
}

/** The answer of `POST /api/trials`. */
export interface OpenedTrial {
  readonly id: string;
  readonly provider: {
    readonly subscriberId: string;
    readonly uri: string;
    readonly keyId: string;
    readonly publicKey: string;
  };
  readonly order: TrialPlace;
  readonly simulated?: { readonly url: string; readonly password: string };
}

export interface TrialPlace {
  readonly providerId: string;
  readonly providerName: string;
  readonly stationId: string;
  readonly stationName: string;
  readonly chargePointId: string;
  readonly chargePointItem: string;
  readonly chargePointName: string;
  readonly connectorId: number;
  readonly connectorItem: string;
  readonly standard: string;
  readonly powerType: 'AC' | 'DC';
  readonly maxPowerW: number;
  readonly currency: string;
  /** What may be ordered, each with its maximum. */
  readonly options: {
    readonly energy?: number;
    readonly amount?: number;
    readonly time?: number;
    readonly soc?: number;
  };
}

export interface TrialApplication {
  readonly connector: string;
  readonly simulate: boolean;
  readonly subscriberId: string;
  readonly keyId: string;
  readonly publicKey: string;
  readonly bapUri: string;
}

/** @errors Rejects with a TrialError. */
export async function openTrial(bridge: TrialBridge, application: TrialApplication): Promise<OpenedTrial> {
  return (await call(bridge, 'POST', '/api/trials', application)) as OpenedTrial;
}

/** @errors Rejects with a TrialError. */
export async function closeTrial(bridge: TrialBridge, id: string): Promise<void> {
  await call(bridge, 'DELETE', `/api/trials/${encodeURIComponent(id)}`);
}

async function call(
  { url, token }: TrialBridge,
  method: 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  } catch (error) {
    throw new TrialError(`The bridge at ${url} cannot be reached: ${String((error as Error).cause ?? error)}`);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const message = isJson(answer) ? `${textOf(valueAt(answer, 'message'))} ${textOf(valueAt(answer, 'hint'))}` : '';
  throw new TrialError(message.trim() || `The bridge answered ${response.status}.`);
}
