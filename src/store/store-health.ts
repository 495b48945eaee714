import type { Events } from '../ports/events.js';
import type { Cancel, Clock } from '../ports/runtime.js';
import { StoreFault } from '../ports/store.js';

/** How long after a failed write the engine is asked again, ms. */
const PROBE_INTERVAL_MS = 1_000;

/**
 * Whether writes succeed. After a failure a small write is tried again and again, so that a node
 * that was taken out of service for this comes back without traffic.
 */
export class StoreHealth {
  private isHealthy = false;
  private pendingProbe: Cancel | undefined;
  private stopped = false;

  constructor(
    private readonly engine: 'sqlite' | 'mongo',
    private readonly clock: Clock,
    private readonly events: Events | undefined,
    /** One small durable write; throws when the engine cannot. */
    private readonly probe: () => void | Promise<void>,
  ) {}

  healthy(): boolean {
    return this.isHealthy;
  }

  reportSuccess(): void {
    if (this.stopped) return;
    this.isHealthy = true;
    this.pendingProbe?.();
    this.pendingProbe = undefined;
  }

  /** Notes the failure and says it as a fault. */
  reportFailure(cause: unknown, doing: string): StoreFault {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!this.stopped) {
      this.isHealthy = false;
      this.events?.emit('store.failed', { engine: this.engine, doing, reason });
      this.pendingProbe ??= this.clock.callLater(PROBE_INTERVAL_MS, () => void this.probeAgain());
    }
    return new StoreFault(`${this.engine} could not ${doing}: ${reason}`, { cause });
  }

  /** The store ends: no more probes. */
  stop(): void {
    this.stopped = true;
    this.isHealthy = false;
    this.pendingProbe?.();
    this.pendingProbe = undefined;
  }

  private async probeAgain(): Promise<void> {
    this.pendingProbe = undefined;
    try {
      await this.probe();
      this.reportSuccess();
    } catch (error) {
      this.reportFailure(error, 'write again');
    }
  }
}
