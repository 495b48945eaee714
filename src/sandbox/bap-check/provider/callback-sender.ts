/** Sends callbacks to the buyer app under test, signed well or with one flaw, and keeps what it answered. */
import { authorizationHeader, digest } from '../../../beckn/signing/signature.js';
import type { Clock } from '../../../ports/runtime.js';
import type { SandboxKeys } from '../../runtime/keys.js';
import { FLAWS, type Flaw } from './provider-profiles.js';
import type { CallbackSent, Label } from './run-record.js';

export interface Signer {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly keys: SandboxKeys;
}

export interface Signers {
  /** The provider that is played. */
  readonly self: Signer;
  /** In the registry, but nobody's `bpp_id` here. */
  readonly foreign: Signer;
  /** In no registry; its callbacks name it as `bpp_id`. */
  readonly unknown: Signer;
}

export interface Outbound {
  readonly label: Label;
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
const BACKDATED_S = 5;
const LIFE_S = 300;
const PATIENCE_MS = 10_000;
const HOUR_S = 3_600;

const isFlaw = (label: Label): label is Flaw => (FLAWS as readonly string[]).includes(label);

/** @param bapUri Where callbacks go; the action is added behind one slash. */
export function createCaller(clock: Clock, signers: Signers, bapUri: string) {
  function headersFor({ label, text }: Outbound): { headers: { [name: string]: string }; body: string } {
    const flaw = isFlaw(label) ? label : undefined;
    const signer =
      flaw === 'unknown-signer' ? signers.unknown : flaw === 'foreign-signer' ? signers.foreign : signers.self;
    const created = Math.floor(clock.now() / 1_000) - BACKDATED_S - (flaw === 'expired' ? HOUR_S : 0);
    const { subscriberId, keyId, keys } = signer;
    const signed = Buffer.from(text);
    const authorization = authorizationHeader({
      subscriberId,
      keyId,
      secretKey: keys.secretKey,
      body: signed,
      created,
      expires: created + LIFE_S,
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

  async function post(outbound: Outbound): Promise<{ status: number; text: string }> {
    const { headers, body } = headersFor(outbound);
    const url = `${bapUri.replace(/\/+$/, '')}/${outbound.action}`;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: reasonOf(error) };
    }
  }

  return async function call(outbound: Outbound): Promise<CallbackSent> {
    const at = clock.now();
    const { status, text } = await post(outbound);
    const { label, action, transactionId, messageId, orderId } = outbound;
    const tookMs = clock.now() - at;
    return { kind: 'callback', label, action, at, tookMs, transactionId, messageId, orderId, status, text };
  };
}

export type Caller = ReturnType<typeof createCaller>;

/** fetch hides the reason one level down. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
