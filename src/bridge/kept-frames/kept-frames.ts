/**
 * Keeps chargers' messages about transactions in the frame journal while the store is unavailable. Later passes them to
 * the store in order, before any newer message of the same charge point.
 */
import { report } from '../../observe/report.js';
import type { ChargerEventHandlers } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type {
  FrameJournal,
  KeptFrame,
  TransactionMessage,
  TransactionMessageOutcome,
  TransactionMessageType,
} from '../../ports/frame-journal.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { type Store, StoreFault } from '../../ports/store.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { setAside } from './set-aside.js';
import type { UnsavedAnswers } from './unsaved-answers.js';

export interface KeptFramesDeps {
  /** Without a journal, nothing is kept and the charger has to repeat its message. */
  readonly journal: FrameJournal | undefined;
  readonly store: Pick<Store, 'isHealthy' | 'commit'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly clock: Clock;
  readonly events: Events;
}

interface KeptFramesWiring {
  readonly handlers: Pick<ChargerEventHandlers, TransactionMessageType>;
  readonly answers: UnsavedAnswers;
}

type Handler = (chargePointId: string, event: TransactionMessage) => Promise<TransactionMessageOutcome>;
type Outcome = TransactionMessageOutcome;

/** How often to check whether the store is back, ms. */
const RETRY_MS = 500;
/** How many times the handling of a frame may fail while the store works. The frame is then set aside and reported. */
const MAX_ATTEMPTS = 3;

export class KeptFrames {
  readonly #deps: KeptFramesDeps;
  #wiring: KeptFramesWiring | undefined;
  readonly #waiting = new Map<string, KeptFrame[]>();
  readonly #replays = new Map<string, Promise<void>>();
  /** The appends in progress. Until its append has ended, a frame has its place in the queue but is not durable. */
  readonly #appends = new Map<KeptFrame, Promise<void>>();
  #timer: Cancel | undefined;
  #stopped = false;

  constructor(deps: KeptFramesDeps) {
    this.#deps = deps;
  }

  /** Sets the handlers to which kept frames are finally passed, and the source of the answers until then. */
  connect(wiring: KeptFramesWiring): void {
    this.#wiring = wiring;
  }

  /** Returns whether messages of a charge point wait for the store. */
  has(chargePointId: string): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(chargePointId);
  }

  /** Returns whether messages that wait for the store have begun or continued the order's session. */
  hasBegun(orderId: string): boolean {
    return this.#wiring?.answers.hasBegun(orderId) ?? false;
  }

  get count(): number {
    let count = 0;
    for (const frames of this.#waiting.values()) count += frames.length;
    return count;
  }

  /**
   * Returns whether any message waits for the store, including those of the last process that are not loaded yet. Our
   * time must not step meanwhile, because the messages carry the times at which they arrived.
   */
  get isPending(): boolean {
    return this.#waiting.size > 0 || (this.#deps.journal?.leftFrames().length ?? 0) > 0;
  }

  /**
   * Wraps a handler. Keeps a message if the handler cannot save it, or if earlier messages of the charge point are
   * still kept.
   */
  guard<E extends TransactionMessage, O extends Outcome>(
    handle: (chargePointId: string, event: E) => Promise<O>,
  ): (chargePointId: string, event: E) => Promise<O> {
    return (this.#handleOrKeep<E, O>).bind(this, handle);
  }

  async #handleOrKeep<E extends TransactionMessage, O extends Outcome>(
    handle: (chargePointId: string, event: E) => Promise<O>,
    chargePointId: string,
    event: E,
  ): Promise<O> {
    if (this.has(chargePointId)) return this.keep(chargePointId, event);
    try {
      return await handle(chargePointId, event);
    } catch (fault) {
      return this.keep(chargePointId, event, fault);
    }
  }

  /**
   * Answers a message once it is in the journal, or in the store if the store has come back.
   * @param fault Why the store did not take the message; absent if it was not tried because earlier messages are
   *              waiting.
   * @errors The fault, or a StoreFault, if the message cannot be kept; the message then gets no answer.
   */
  async keep<E extends TransactionMessage>(chargePointId: string, event: E, fault?: unknown): Promise<never> {
    // The outcome belongs to the event's type, which the compiler cannot follow through the journal.
    return (await this.#keep(chargePointId, event, fault)) as never;
  }

  async #keep(chargePointId: string, event: TransactionMessage, fault: unknown): Promise<Outcome> {
    if (fault === undefined) {
      await this.replay(chargePointId);
      const handle: Handler = (id, message) => this.#handle(id, message);
      if (!this.has(chargePointId)) return this.guard(handle)(chargePointId, event);
    }
    const { journal, events } = this.#deps;
    if (!journal || !this.#wiring || (fault !== undefined && !(fault instanceof StoreFault))) throw fault;
    const repeated = this.#waiting.get(chargePointId)?.find((frame) => isRepeat(frame.event, event));
    if (repeated) {
      await this.#appends.get(repeated);
      return repeated.outcome;
    }
    const cause = fault ?? new StoreFault('earlier messages of this charge point wait for the store');
    const outcome = this.#wiring.answers.answer(chargePointId, event);
    if (!outcome) throw cause;
    const frame: KeptFrame = { chargePointId, event: this.#stamped(event, outcome), outcome };
    const append = this.#append(journal, frame, cause);
    this.#appends.set(frame, append);
    try {
      await append;
    } finally {
      this.#appends.delete(frame);
    }
    events.emit('frame.kept', { chargePointId, message: event.type });
    this.#wiring.answers.kept(frame);
    this.#scheduleReplay();
    return outcome;
  }

  async #append(journal: FrameJournal, frame: KeptFrame, cause: unknown): Promise<void> {
    const { events } = this.#deps;
    const { chargePointId } = frame;
    // The frame takes its place at once, so that messages that arrive meanwhile come after it.
    this.#push(frame);
    let isKept = false;
    try {
      isKept = await journal.append(frame);
      if (!isKept) events.emit('frame.not-kept', { chargePointId, reason: 'full' });
    } catch (error) {
      events.emit('frame.not-kept', { chargePointId, reason: 'disk', problem: String(error) });
    } finally {
      if (!isKept) this.#remove(frame);
    }
    if (!isKept) throw cause;
  }

  /** Passes the kept frames of a charge point to the store if the store works. Never rejects. */
  replay(chargePointId: string): Promise<void> {
    if (!this.has(chargePointId) || this.#stopped || !this.#deps.store.isHealthy()) return Promise.resolve();
    const running = this.#replays.get(chargePointId);
    if (running) return running;
    const replay = this.#replayInOrder(chargePointId).finally(() => this.#replays.delete(chargePointId));
    this.#replays.set(chargePointId, replay);
    return replay;
  }

  /** Returns when the newest frame that the last process kept arrived, epoch ms; 0 if there is none. */
  newestAt(): number {
    const frames = this.#deps.journal?.leftFrames() ?? [];
    return frames.reduce((newest, { event }) => Math.max(newest, event.receivedAt ?? 0), 0);
  }

  /** Loads the frames that the last process kept, and restores its answers to them. */
  load(): void {
    for (const frame of this.#deps.journal?.leftFrames() ?? []) {
      this.#push(frame);
      this.#wiring?.answers.restore(frame);
    }
  }

  /** Passes all kept frames to the store, and retries later if some remain. */
  async replayAll(): Promise<void> {
    await Promise.all([...this.#waiting.keys()].map((chargePointId) => this.replay(chargePointId)));
    this.#scheduleReplay();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.();
    this.#wiring?.answers.stop();
  }

  async #replayInOrder(chargePointId: string): Promise<void> {
    const { events } = this.#deps;
    for (let attempt = 1; ;) {
      const frame = this.#waiting.get(chargePointId)?.[0];
      if (!frame || this.#stopped) break;
      const append = this.#appends.get(frame);
      if (append) {
        await append.catch(() => undefined);
        continue;
      }
      let isSaved = false;
      try {
        await this.#handle(chargePointId, frame.event);
        isSaved = true;
      } catch (error) {
        if (error instanceof StoreFault) return;
        if (attempt++ < MAX_ATTEMPTS) continue;
        report(events, 'kept frame', error, { chargePointId, message: frame.event.type });
        if (!(await setAside(this.#deps, frame, error))) return;
      }
      attempt = 1;
      this.#remove(frame);
      this.#wiring?.answers.saved(frame);
      if (isSaved) events.emit('frame.replayed', { chargePointId, message: frame.event.type });
    }
    this.#clearJournal();
  }

  #clearJournal(): void {
    if (this.#waiting.size > 0 || this.#appends.size > 0 || this.#stopped) return;
    try {
      this.#deps.journal?.clear();
    } catch (error) {
      // The journal's frames are then replayed at the next start, as repeats.
      this.#deps.events.emit('frame.not-kept', { reason: 'disk', problem: String(error) });
    }
  }

  async #handle(chargePointId: string, event: TransactionMessage): Promise<Outcome> {
    if (!this.#wiring) throw new StoreFault('the bridge is not ready');
    return (this.#wiring.handlers[event.type] as Handler)(chargePointId, event);
  }

  #scheduleReplay(): void {
    if (this.#waiting.size === 0 || this.#stopped || this.#timer) return;
    this.#timer = this.#deps.clock.callLater(RETRY_MS, () => {
      this.#timer = undefined;
      void this.replayAll();
    });
  }

  #stamped(event: TransactionMessage, outcome: Outcome): KeptFrame['event'] {
    const receivedAt = this.#deps.clock.now();
    if (event.type === 'transaction-started') {
      const given = outcome.type === 'transaction-started' && { givenTransactionId: outcome.transactionId };
      return { ...event, ...given, receivedAt };
    }
    const samples: MeterSample[] = event.samples.map((sample) => ({ receivedAt, ...sample }));
    return { ...event, samples, receivedAt };
  }

  #push(frame: KeptFrame): void {
    const frames = this.#waiting.get(frame.chargePointId);
    if (frames) frames.push(frame);
    else this.#waiting.set(frame.chargePointId, [frame]);
  }

  #remove(frame: KeptFrame): void {
    const left = (this.#waiting.get(frame.chargePointId) ?? []).filter((other) => other !== frame);
    if (left.length > 0) this.#waiting.set(frame.chargePointId, left);
    else {
      this.#waiting.delete(frame.chargePointId);
      this.#wiring?.answers.drained(frame.chargePointId);
    }
  }
}

/** Returns whether a charger repeats a message whose answer it did not receive, perhaps under another message id. */
function isRepeat(kept: TransactionMessage, event: TransactionMessage): boolean {
  return kept.type === event.type && kept.raw === event.raw;
}
