import type { Events } from '../ports/events.js';
import type { Cancel, Clock } from '../ports/runtime.js';
import { StoreFault } from '../ports/store.js';

/** How long to wait after a failed write before the next probe, ms. */
const PROBE_INTERVAL_MS = 1_000;

/**
 * Tracks whether writes succeed. After a failure it probes with a small write until one succeeds, so that a node
 * recovers even if it gets no traffic.
 */
export class StoreHealth {
  private isHealthy = false;
  private failureCount = 0;
  private pendingProbe: Cancel | undefined;
  private stopped = false;

  constructor(
    private readonly engine: 'sqlite' | 'mongo',
    private readonly clock: Clock,
    private readonly events: Events | undefined,
    /** Makes one small durable write; throws if that fails. */
    private readonly probe: () => void | Promise<void>,
  ) {}

  healthy(): boolean {
    return this.isHealthy;
  }

  /** The number of failures so far. A caller reads it before a write, and passes it to `reportSuccess` afterwards. */
  failures(): number {
    return this.failureCount;
  }

  /** @param since The number of failures when the write began. Its success does not disprove a later failure. */
  reportSuccess(since: number): void {
    if (this.stopped || since !== this.failureCount) return;
    this.isHealthy = true;
    this.pendingProbe?.();
    this.pendingProbe = undefined;
  }

  /** Records and reports the failure and schedules a probe, except after `stop`; returns it as a StoreFault. */
  reportFailure(cause: unknown, operation: string): StoreFault {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!this.stopped) {
      this.isHealthy = false;
      this.failureCount += 1;
      this.events?.emit('store.failed', { engine: this.engine, operation, reason });
      this.pendingProbe ??= this.clock.callLater(PROBE_INTERVAL_MS, () => void this.probeAgain());
    }
    return new StoreFault(`${this.engine} could not ${operation}: ${reason}`, { cause });
  }

  /** Ends the probes when the store stops. */
  stop(): void {
    this.stopped = true;
    this.isHealthy = false;
    this.pendingProbe?.();
    this.pendingProbe = undefined;
  }

  private async probeAgain(): Promise<void> {
    this.pendingProbe = undefined;
    const since = this.failureCount;
    try {
      await this.probe();
      this.reportSuccess(since);
    } catch (error) {
      this.reportFailure(error, 'write again');
    }
  }
}
