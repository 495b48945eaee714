/** Defines the journal on disk that keeps messages about transactions while the store cannot take them. */
import type { ChargerEventOf, ChargerOutcomeOf } from './charger-events.js';

/** The messages that decide what is billed. */
export type TransactionMessageType =
  | 'transaction-started'
  | 'transaction-stopped'
  | 'meter-sampled'
  | 'transaction-event';
export type TransactionMessage = ChargerEventOf<TransactionMessageType>;
export type TransactionMessageOutcome = ChargerOutcomeOf<TransactionMessageType>;

/** A message that was answered from the journal and must still reach the store. */
export interface KeptFrame {
  readonly chargePointId: string;
  /** Includes the time at which we received it and, for a StartTransaction, the transaction id that it was given. */
  readonly event: TransactionMessage & { readonly receivedAt: number };
  /** The answer that the charger got. A repeat of the message gets it again. */
  readonly outcome: TransactionMessageOutcome;
}

/** A bounded journal. Appends of one event-loop turn share a sync to disk. */
export interface FrameJournal {
  /** Returns the frames that the previous process left behind, in order of arrival. */
  leftFrames(): readonly KeptFrame[];
  /**
   * Resolves with true once the frame would survive a power failure, and with false if there is no room or the journal
   * is not open. The last quarter takes no `meter-sampled` message and no `updated` event of a transaction, unless it
   * names a tag or a remote start, so that the ends of transactions still find room.
   * @errors Rejects if the disk fails.
   */
  append(frame: KeptFrame): Promise<boolean>;
  /**
   * Empties the journal once the store has all its frames. While an `append` waits for its write, nothing is deleted
   * from the disk.
   * @errors Throws if the disk fails; the frames then stay on the disk.
   */
  clear(): void;
  /**
   * Saves a frame that cannot be handled to a file outside the journal, for a person to examine.
   * @returns The path.
   * @errors Throws if the file cannot be written.
   */
  setAside(frame: KeptFrame): string;
  readonly usedBytes: number;
  readonly capacityBytes: number;
}
