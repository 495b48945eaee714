/** Sends callbacks to the buyer app under test, signed well or with one flaw, and keeps what it answered. */
import { authorizationHeader, digest } from '../../../beckn/signing/signature.js';
import type { Clock } from '../../../ports/runtime.js';
import type { SandboxKeys } from '../../runtime/keys.js';
import { CALLBACK_FLAWS, type CallbackFlaw } from './provider-profiles.js';
import type { SentCallback, CallbackLabel } from './run-record.js';

export interface Signer {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly keys: SandboxKeys;
}

export interface Signers {
  /** The provider that is played. */
  readonly provider: Signer;
  /** In the registry, but nobody's `bpp_id` here. */
  readonly foreign: Signer;
  /** In no registry; its callbacks name it as `bpp_id`. */
  readonly unknown: Signer;
}

export interface OutboundCallback {
  readonly label: CallbackLabel;
  readonly action: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly orderId: string | undefined;
  /** The body's text, sent as these very bytes. */
  readonly text: string;
}

/** The subscriber that is in no registry. */
export const UNKNOWN_ID = 'in-no-registry.example';

/** Clocks differ; receivers without tolerance must still find `created` in the past. */
const CREATED_OFFSET_S = 5;
const SIGNATURE_TTL_S = 300;
const ANSWER_TIMEOUT_MS = 10_000;
const HOUR_S = 3_600;

const isFlaw = (label: CallbackLabel): label is CallbackFlaw => (CALLBACK_FLAWS as readonly string[]).includes(label);

/** @param bapUri Where callbacks go; the action is added behind one slash. */
export function createCallbackSender(clock: Clock, signers: Signers, bapUri: string) {
  function headersFor({ label, text }: OutboundCallback): { headers: { [name: string]: string }; body: string } {
    const flaw = isFlaw(label) ? label : undefined;
    const signer =
      flaw === 'unknown-signer' ? signers.unknown : flaw === 'foreign-signer' ? signers.foreign : signers.provider;
    const created = Math.floor(clock.now() / 1_000) - CREATED_OFFSET_S - (flaw === 'expired' ? HOUR_S : 0);
    const { subscriberId, keyId, keys } = signer;
    const signed = Buffer.from(text);
    const authorization = authorizationHeader({
      subscriberId,
      keyId,
      secretKey: keys.secretKey,
      body: signed,
      created,
      expires: created + SIGNATURE_TTL_S,
    });
    const headers = { 'content-type': 'application/json' };
    switch (flaw) {
      case 'unsigned':
        return { headers, body: text };
      case 'tampered':
        // Ten times the energy, and the signature of before.
        return { headers: { ...headers, authorization }, body: text.replace(/"(\d+\.\d\d kWh)"/, '"9$1"') };
      case 'wrong-digest':
        // A receiver that compares with the Digest header, and not with the bytes, is content.
        return {
          headers: { ...headers, authorization, digest: `BLAKE-512=${digest(signed)}` },
          body: text.replace(/"(\d+\.\d\d kWh)"/, '"8$1"'),
        };
      default:
        return { headers: { ...headers, authorization }, body: text };
    }
  }

  async function post(outbound: OutboundCallback): Promise<{ status: number; text: string }> {
    const { headers, body } = headersFor(outbound);
    const url = `${bapUri.replace(/\/+$/, '')}/${outbound.action}`;
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: describeError(error) };
    }
  }

  return async function call(outbound: OutboundCallback): Promise<SentCallback> {
    const at = clock.now();
    const { status, text } = await post(outbound);
    const { label, action, transactionId, messageId, orderId } = outbound;
    const tookMs = clock.now() - at;
    return { kind: 'callback', label, action, at, tookMs, transactionId, messageId, orderId, status, text };
  };
}

export type CallbackSender = ReturnType<typeof createCallbackSender>;

/** fetch hides the reason one level down. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
