/** Opens and closes a trial through the operator's API. */
import { describeStranger, isFromBridge } from '../../operator/answer-header.js';
import { nameCommands } from '../../operator/command-line/frame/endpoint-commands.js';
import { exitOfStatus } from '../../operator/command-line/frame/exit-codes.js';
import { ProgramFailure } from '../runtime/failure.js';
import { isJson, textOf, valueAt } from '../runtime/json.js';

/** Thrown if a trial is impossible, for example because the bridge refuses it. The message is a sentence. */
export class TrialError extends ProgramFailure {
  override readonly name = 'TrialError';
}

export interface TrialBridge {
  /** The origin of the operator's listener. */
  readonly url: string;
  /** Absent if none was found; the bridge then refuses the trial. */
  readonly token?: string;
}

/** The response of `POST /api/trials`. */
export interface OpenedTrial {
  readonly id: string;
  readonly provider: {
    readonly subscriberId: string;
    readonly uri: string;
    readonly keyId: string;
    readonly publicKey: string;
  };
  readonly order: TrialPlace;
  /** How the order is paid, and which of the configured payment models the trial therefore leaves untried. */
  readonly payment: { readonly model: string; readonly untried: readonly string[] };
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
  /**
   * What may be ordered, each with its maximum: `energy` in Wh, `amount` in minor units, `time` in seconds, `soc` in
   * percent.
   */
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

/** @param signal Ends the wait for a bridge that does not answer. @errors Rejects with a TrialError. */
export async function openTrial(
  bridge: TrialBridge,
  application: TrialApplication,
  signal?: AbortSignal,
): Promise<OpenedTrial> {
  const body = JSON.stringify(application);
  return (await call(bridge, '/api/trials', { method: 'POST', body, ...(signal && { signal }) })) as OpenedTrial;
}

/** @errors Rejects with a TrialError. */
export async function closeTrial(bridge: TrialBridge, id: string): Promise<void> {
  await call(bridge, `/api/trials/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

async function call({ url, token }: TrialBridge, path: string, request: RequestInit): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, { ...request, headers });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new TrialError(`No bridge answers at ${url}: ${cause || 'no connection'}.`, {
      exit: 'unreachable',
      code: 'not-running',
    });
  }
  if (!isFromBridge(Object.fromEntries(response.headers))) {
    const { message, hint } = describeStranger(url, response.status, 'from --url');
    throw new TrialError(message, { exit: 'unreachable', code: 'no-bridge', hint });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const member = (name: string): string => (isJson(answer) ? textOf(valueAt(answer, name)) : '');
  const hint = member('hint');
  throw new TrialError(member('message') || `The bridge answered ${response.status}.`, {
    exit: exitOfStatus(response.status),
    code: member('code') || `http-${response.status}`,
    ...(hint !== '' && { hint: nameCommands(hint) }),
  });
}
