/** Tracks when the certificates of a listener expire, and warns in time. */
import { X509Certificate } from 'node:crypto';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';

const DAY_MS = 86_400_000;
/** How many days before expiry to warn: enough to order a certificate by hand. */
export const DEFAULT_WARN_DAYS = 21;

export interface CertificateExpiryDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Events;
  readonly warnDays: number;
}

export class CertificateExpiry {
  readonly #deps: CertificateExpiryDeps;
  #warnedAt: number | undefined;
  /** The earliest expiry of the served certificates, epoch ms; `undefined` if none is served. */
  endsAt: number | undefined;

  constructor(deps: CertificateExpiryDeps) {
    this.#deps = deps;
  }

  /** Checks the served certificates (PEM). If one expires within `warnDays`, warns at most once a day. */
  check(certificates: readonly string[]): void {
    const { clock, events, warnDays } = this.#deps;
    const now = clock.now();
    const ends = certificates.map((pem) => new X509Certificate(pem)).map(({ validTo }) => Date.parse(validTo));
    this.endsAt = ends.length === 0 ? undefined : Math.min(...ends);
    if (this.endsAt === undefined || this.endsAt - now > warnDays * DAY_MS) {
      this.#warnedAt = undefined;
      return;
    }
    if (this.#warnedAt !== undefined && now - this.#warnedAt < DAY_MS) return;
    this.#warnedAt = now;
    const days = Math.floor((this.endsAt - now) / DAY_MS);
    events.emit('tls.expiring', { days, endsAt: new Date(this.endsAt).toISOString() });
  }
}
