/**
 * Limits the open connections of each address, and the number of its requests per minute that may fail or be repeats.
 * Beyond that number, its requests are refused without verifying their signatures, unless they name a signer that was
 * verified at that address within the last hour.
 */
import type { Socket } from 'node:net';
import type { LRUCache } from 'lru-cache';
import { hostOf } from '../../config/trusted-proxy.js';
import type { Clock } from '../../ports/runtime.js';
import type { Acknowledgement } from '../../ports/buyer-requests.js';
import type { AuthenticatedSender } from '../registry/verify.js';
import { parseSignatureHeader } from '../signing/signature.js';
import { RateLimiter } from './rate-limit.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

/** Counts the open connections of each address. */
export class ConnectionCounter {
  readonly #limit: number;
  readonly #open = new Map<string, number>();

  /** @param limit Maximum number of open connections per address; 0 means no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a connection until it closes. @returns False if its address has too many connections. */
  tryAdd(socket: Pick<Socket, 'remoteAddress' | 'once'>): boolean {
    const host = hostOf(socket.remoteAddress ?? '');
    const others = this.#open.get(host) ?? 0;
    if (this.#limit > 0 && others >= this.#limit) return false;
    this.#open.set(host, others + 1);
    socket.once('close', () => {
      const left = (this.#open.get(host) ?? 1) - 1;
      if (left > 0) this.#open.set(host, left);
      else this.#open.delete(host);
    });
    return true;
  }
}

/** How many pairs of verified signer and address are remembered, and for how long. */
const MAX_PROVEN = 10_000;
const PROVEN_MS = 3_600_000;

/**
 * Each address's budget for failed and repeated requests. Once it is spent, only requests that name a signer verified
 * at that address within the last hour may proceed, so that one client cannot lock out others at the same address.
 */
export class AddressBudget {
  readonly #limiter: RateLimiter;
  readonly #proven: LRUCache<string, true>;

  /** @param perMinute 0 means no limit. */
  constructor(clock: Pick<Clock, 'now'>, perMinute: number | (() => number)) {
    this.#limiter = new RateLimiter(clock, perMinute);
    this.#proven = createBoundedCache(MAX_PROVEN, { ttl: PROVEN_MS, ttlResolution: 0, perf: clock });
  }

  /** @param source Absent if the request has no address; the request is then not limited. */
  mayProceed(source: string | undefined, authorization: string | undefined): boolean {
    if (source === undefined) return true;
    const host = hostOf(source);
    return !this.#limiter.isExhausted(host) || this.#isProven(host, authorization);
  }

  recordFailure(source: string | undefined): void {
    if (source !== undefined) this.#limiter.admit(hostOf(source));
  }

  recordProof(source: string | undefined, { subscriberId, keyId }: { subscriberId: string; keyId: string }): void {
    if (source !== undefined) this.#proven.set(`${hostOf(source)} ${subscriberId}|${keyId}`, true);
  }

  #isProven(host: string, authorization: string | undefined): boolean {
    const parsed = authorization === undefined ? undefined : parseSignatureHeader(authorization, { xed25519: true });
    if (parsed === undefined || 'problem' in parsed) return false;
    return this.#proven.has(`${host} ${parsed.subscriberId}|${parsed.keyId}`);
  }
}

/** Maximum number of requests that are remembered. Only those with a valid signature are remembered. */
const MAX_SEEN = 20_000;

/** A request that its signer's budget has admitted. */
export interface Admission {
  readonly sender: AuthenticatedSender;
  /** Whether the same request was admitted before; it was then not taken from the signer's budget again. */
  readonly isRepeat: boolean;
}

/**
 * The budgets for one network's requests: the address's until the signature is verified, then the signer's. A stranger
 * may replay what a signer has sent, so the same request is taken from the signer's budget once; repeats are charged to
 * the address that sends them.
 */
export class RequestBudgets {
  readonly #addresses: AddressBudget;
  readonly #signers: RateLimiter;
  /** Signer and digest of admitted requests. */
  readonly #seen = createBoundedCache<true>(MAX_SEEN);

  constructor(addresses: AddressBudget, signers: RateLimiter) {
    this.#addresses = addresses;
    this.#signers = signers;
  }

  mayProceed(source: string | undefined, authorization: string | undefined): boolean {
    return this.#addresses.mayProceed(source, authorization);
  }

  /** Charges the address for a request that was refused before its signatures were found valid. */
  recordFailure(source: string | undefined): void {
    this.#addresses.recordFailure(source);
  }

  /**
   * Admits a request and, unless it is a repeat, takes it from its signer's budget; `undefined` if that is spent. An
   * admitted request must be settled.
   */
  admit(sender: AuthenticatedSender): Admission | undefined {
    const request = `${sender.subscriberId} ${sender.digest}`;
    const isRepeat = this.#seen.has(request);
    if (!isRepeat && !this.#signers.admit(sender.subscriberId)) return undefined;
    // Remembered before it is settled, because replays may arrive meanwhile.
    this.#seen.set(request, true);
    return { sender, isRepeat };
  }

  /**
   * Settles a request, however it was answered. Only a new request proves that the signer is at that address.
   * @param acknowledgement Absent if the request did not reach its handler, or the handler failed. Its `repeated` comes
   *        from the store, which remembers older requests than `#seen`.
   */
  settle(
    source: string | undefined,
    { sender, isRepeat }: Admission,
    acknowledgement: Acknowledgement | undefined,
  ): void {
    const isStoredRepeat = acknowledgement?.ack === true && acknowledgement.repeated === true;
    if (isStoredRepeat && !isRepeat) this.#signers.refund(sender.subscriberId);
    if (isStoredRepeat || isRepeat) this.#addresses.recordFailure(source);
    else this.#addresses.recordProof(source, sender);
  }
}
