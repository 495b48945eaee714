/** Sets aside a kept message that cannot be handled, so that the messages after it can be. */
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { FrameJournal, KeptFrame } from '../../ports/frame-journal.js';
import type { Store } from '../../ports/store.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';

interface SetAsideDeps {
  readonly journal: FrameJournal | undefined;
  readonly store: Pick<Store, 'commit'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly events: Events;
}

/**
 * Writes a frame that cannot be handled to a file of its own, and saves a discrepancy that names the file.
 * @param fault Why it cannot be handled.
 * @returns False if the discrepancy could not be saved. The frame must then stay in its place.
 */
export async function setAside(deps: SetAsideDeps, frame: KeptFrame, fault: unknown): Promise<boolean> {
  const { store, discrepancies, events } = deps;
  const { chargePointId, event } = frame;
  const received = new Date(event.receivedAt).toISOString();
  const path = fileOf(deps, frame);
  const where = typeof path === 'string' ? `It is in ${path}.` : path.instead;
  const detail = `A ${event.type} of ${received} was answered but could not be handled (${String(fault)}). ${where}`;
  const transactionId = 'transactionId' in event ? event.transactionId : undefined;
  const refs = { chargePointId, ...(transactionId !== undefined && { transactionId }) };
  const draft = { kind: 'message-set-aside', detail, ...(typeof path === 'string' && { key: path }) } as const;
  try {
    await store.commit({ discrepancies: discrepancies.create(undefined, [draft], refs) });
    return true;
  } catch (error) {
    report(events, 'kept frame', error, { chargePointId });
    return false;
  }
}

const files = new WeakMap<KeptFrame, string>();

/**
 * Writes the frame to a file, once.
 * @returns The path; if that fails, a sentence with the parts of the frame that matter for the bill.
 */
function fileOf({ journal }: SetAsideDeps, frame: KeptFrame): string | { readonly instead: string } {
  const known = files.get(frame);
  if (known !== undefined) return known;
  try {
    if (!journal) throw new Error('there is no journal');
    const path = journal.setAside(frame);
    files.set(frame, path);
    return path;
  } catch (error) {
    const facts = { ...frame.event, raw: undefined, idTag: undefined };
    return { instead: `It could not be written to a file (${String(error)}): ${JSON.stringify(facts)}` };
  }
}
