/**
 * Limits each address: how many connections it may have open, and how many of its requests may fail or be repeats in a
 * minute before its further requests are refused without verifying their signatures.
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
 * The budget of an address for failed and repeated requests. Once it is spent, only signers that were verified at that
 * address before are still admitted, so that one client cannot lock out others at the same address.
 */
export class AddressBudget {
  readonly #limiter: RateLimiter;
  readonly #proven: LRUCache<string, true>;

  /** @param perMinute 0 means no limit. */
  constructor(clock: Pick<Clock, 'now'>, perMinute: number | (() => number)) {
    this.#limiter = new RateLimiter(clock, perMinute);
    this.#proven = createBoundedCache(MAX_PROVEN, { ttl: PROVEN_MS, ttlResolution: 0, perf: clock });
  }

  /** @param source Absent if a request has no address; it is then not limited. */
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

/** Maximum number of refused requests that are remembered. Only those with a valid signature are remembered. */
const MAX_REFUSED = 20_000;

/** The budgets for one network's requests: the address's until the signature is verified, then the signer's. */
export class RequestBudgets {
  readonly #addresses: AddressBudget;
  readonly #signers: RateLimiter;
  /** Signer and digest of refused requests. */
  readonly #refused = createBoundedCache<true>(MAX_REFUSED);

  constructor(addresses: AddressBudget, signers: RateLimiter) {
    this.#addresses = addresses;
    this.#signers = signers;
  }

  mayProceed(source: string | undefined, authorization: string | undefined): boolean {
    return this.#addresses.mayProceed(source, authorization);
  }

  recordFailure(source: string | undefined): void {
    this.#addresses.recordFailure(source);
  }

  /**
   * Takes one request from the signer's budget. A repeat of a refused request takes nothing, because a stranger may
   * have replayed it.
   */
  admit({ subscriberId, digest }: AuthenticatedSender): boolean {
    return this.#refused.has(`${subscriberId} ${digest}`) || this.#signers.admit(subscriberId);
  }

  /**
   * Settles a request once it is known whether it is a repeat. A repeat is charged to the address that sends it. Only a
   * new request proves that the signer is at that address.
   * @param acknowledgement Absent if the request could not be read.
   */
  settle(source: string | undefined, sender: AuthenticatedSender, acknowledgement?: Acknowledgement): void {
    const { subscriberId, digest } = sender;
    const refusal = acknowledgement?.ack === true ? undefined : `${subscriberId} ${digest}`;
    const isRepeat = acknowledgement?.ack === true && acknowledgement.repeated === true;
    if (isRepeat) this.#signers.refund(subscriberId);
    if (isRepeat || (refusal !== undefined && this.#refused.has(refusal))) this.#addresses.recordFailure(source);
    else this.#addresses.recordProof(source, sender);
    if (refusal !== undefined) this.#refused.set(refusal, true);
  }
}
