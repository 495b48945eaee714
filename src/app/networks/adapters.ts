/**
 * Defines the adapters through which the core and the edges reach the outside world. A simulation provides its own.
 */
import type { RegistrySource } from '../../beckn/registry/registry.js';
import type { Signer } from '../../beckn/signing/signer.js';
import type { VerifySignature } from '../../beckn/signing/verify-pool.js';
import type { NetworkSettings } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { FrameJournal } from '../../ports/frame-journal.js';
import type { Dns, HttpClient } from '../../ports/http.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface Adapters {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly http: HttpClient;
  readonly dns: Dns;
  /** One registry for all networks, or a function that opens the registry of a network. */
  readonly registry: RegistrySource | ((network: NetworkSettings, signer: Signer) => RegistrySource);
  readonly events: Events;
  /** Absent if the store is in memory, because a restart then loses everything anyway. */
  readonly frameJournal?: FrameJournal | undefined;
  readonly isDiskFull?: (() => boolean) | undefined;
  /** Verifies signatures. By default, they are verified on the event loop. */
  readonly verify?: VerifySignature;
}
