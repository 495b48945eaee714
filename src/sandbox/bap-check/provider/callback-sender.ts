/**
 * Sends callbacks to the buyer app under test, correctly signed or with one flaw, and returns them with the answers.
 */
import { authorizationHeader, digest } from '../../../beckn/signing/signature.js';
import type { Clock } from '../../../ports/runtime.js';
import type { SandboxKeys } from '../../runtime/keys.js';
import { CALLBACK_FLAWS, type CallbackFlaw } from './provider-profiles.js';
import type { CallbackLabel, SentCallback } from './run-record.js';

export interface Signer {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly keys: SandboxKeys;
}

export interface Signers {
  /** The provider that bap-check plays. */
  readonly provider: Signer;
  /** Another registered provider. It signs callbacks that carry the provider's `bpp_id`. */
  readonly foreign: Signer;
  /** A signer without a registry record. Its callbacks carry its own `bpp_id`. */
  readonly unknown: Signer;
}

export interface OutboundCallback {
  readonly label: CallbackLabel;
  readonly action: string;
  readonly transactionId: string;
  readonly messageId: string;
  readonly orderId: string | undefined;
  /** The text of the body, before any flaw changes it. */
  readonly text: string;
}

/** The subscriber id of the unknown signer. */
export const UNKNOWN_ID = 'in-no-registry.example';

/** How far `created` is backdated, because receivers without a clock tolerance refuse a time in their future. */
const CREATED_OFFSET_S = 5;
const SIGNATURE_TTL_S = 300;
const HOUR_S = 3_600;
/**
 * Matches the position before the metered energy in each dialect: `"1.23 kWh"`, `"meteredEnergyKWh":1.23`, or a sampled
 * value.
 */
const ENERGY =
  /(?<=")(?=\d+\.\d\d ?kWh")|(?<="meteredEnergyKWh":)(?=\d)|(?<="code":"value","name":"value"\},"value":")(?=\d)/;

const isFlaw = (label: CallbackLabel): label is CallbackFlaw => (CALLBACK_FLAWS as readonly string[]).includes(label);

export class CallbackSender {
  readonly #clock: Clock;
  readonly #signers: Signers;
  readonly #baseUrl: string;
  readonly #timeoutMs: number;

  /**
   * @param bapUri    Where callbacks go; one slash and the action are appended.
   * @param timeoutMs How long to wait for an answer.
   */
  constructor(clock: Clock, signers: Signers, { bapUri, timeoutMs }: { bapUri: string; timeoutMs: number }) {
    this.#clock = clock;
    this.#signers = signers;
    this.#timeoutMs = timeoutMs;
    this.#baseUrl = bapUri.replace(/\/+$/, '');
  }

  /** @errors Never rejects; a missing answer has status 0. */
  async send(callback: OutboundCallback): Promise<SentCallback> {
    const { label, action, transactionId, messageId, orderId } = callback;
    const at = this.#clock.now();
    const { status, text } = await this.#post(callback);
    const tookMs = this.#clock.now() - at;
    return { kind: 'callback', label, action, at, tookMs, transactionId, messageId, orderId, status, text };
  }

  async #post(callback: OutboundCallback): Promise<{ status: number; text: string }> {
    const { headers, body } = this.#signOrForge(callback);
    const url = `${this.#baseUrl}/${callback.action}`;
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      return { status: 0, text: isLate ? `none came within ${this.#timeoutMs / 1_000} s` : describeError(error) };
    }
  }

  #signOrForge({ label, text }: OutboundCallback): { headers: { [name: string]: string }; body: string } {
    const flaw = isFlaw(label) ? label : undefined;
    const contentType = { 'content-type': 'application/json' };
    const signed = { ...contentType, authorization: this.#sign(text, flaw) };
    switch (flaw) {
      case 'unsigned':
        return { headers: contentType, body: text };
      case 'tampered':
        // Raises the energy without changing the signature.
        return { headers: signed, body: text.replace(ENERGY, '9') };
      case 'wrong-digest':
        // The Digest header matches the signature, so only a receiver that hashes the body itself notices the change.
        return {
          headers: { ...signed, digest: `BLAKE-512=${digest(Buffer.from(text))}` },
          body: text.replace(ENERGY, '8'),
        };
      default:
        return { headers: signed, body: text };
    }
  }

  #sign(text: string, flaw: CallbackFlaw | undefined): string {
    const { subscriberId, keyId, keys } = this.#signerFor(flaw);
    const created = Math.floor(this.#clock.now() / 1_000) - CREATED_OFFSET_S - (flaw === 'expired' ? HOUR_S : 0);
    return authorizationHeader({
      subscriberId,
      keyId,
      secretKey: keys.secretKey,
      body: Buffer.from(text),
      created,
      expires: created + SIGNATURE_TTL_S,
    });
  }

  #signerFor(flaw: CallbackFlaw | undefined): Signer {
    if (flaw === 'unknown-signer') return this.#signers.unknown;
    return flaw === 'foreign-signer' ? this.#signers.foreign : this.#signers.provider;
  }
}

/** Finds the reason in the text of an OpenSSL error, between addresses and source lines. */
const OPENSSL_ERROR = /error:[0-9A-F]+:([^:]+:[^:]*:[^:]+):/i;

/** Returns the reason for an error in one line; a failed `fetch` has it in `cause`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
  return (OPENSSL_ERROR.exec(text)?.[1] ?? text).replaceAll(/\s+/g, ' ').trim();
}
