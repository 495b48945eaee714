import type { Events } from '../ports/events.js';
import type { Cancel, Clock } from '../ports/runtime.js';
import { StoreFault } from '../ports/store.js';

/** How long after a failed write the engine is asked again, ms. */
const PROBE_AFTER_MS = 1_000;

/**
 * Whether writes succeed. After a failure a small write is tried again and again, so that a node
 * that was taken out of service for this comes back without traffic.
 */
export class Health {
  private well = false;
  private pending: Cancel | undefined;
  private retired = false;

  constructor(
    private readonly engine: 'sqlite' | 'mongo',
    private readonly clock: Clock,
    private readonly events: Events | undefined,
    /** One small durable write; throws when the engine cannot. */
    private readonly probe: () => void | Promise<void>,
  ) {}

  healthy(): boolean {
    return this.well;
  }

  succeeded(): void {
    if (this.retired) return;
    this.well = true;
    this.pending?.();
    this.pending = undefined;
  }

  /** Notes the failure and says it as a fault. */
  failed(cause: unknown, doing: string): StoreFault {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!this.retired) {
      this.well = false;
      this.events?.emit('store.failed', { engine: this.engine, doing, reason });
      this.pending ??= this.clock.after(PROBE_AFTER_MS, () => void this.again());
    }
    return new StoreFault(`${this.engine} could not ${doing}: ${reason}`, { cause });
  }

  /** The store ends: no more probes. */
  retire(): void {
    this.retired = true;
    this.well = false;
    this.pending?.();
    this.pending = undefined;
  }

  private async again(): Promise<void> {
    this.pending = undefined;
    try {
      await this.probe();
      this.succeeded();
    } catch (error) {
      this.failed(error, 'write again');
    }
  }
}
