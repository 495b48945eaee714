/**
 * Recognises a repeated request by its buyer app, action and message id, even while the first delivery is still being
 * handled. The store decides: it accepts a request only once, even if two deliveries of it both looked new.
 */
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, BuyerRequest, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { Clock } from '../../ports/runtime.js';
import type { Events } from '../../ports/events.js';
import { RequestConflict, requestKey, StoreFault, type Store } from '../../ports/store.js';
import type { OwedResponses } from '../callbacks/owed-responses.js';
import { passCrashPoint } from '../orders/crash-points.js';

export interface OnceDeps {
  readonly store: Pick<Store, 'request'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Events;
  readonly outbox: { retryNow(buyer: string): void };
  readonly owedResponses: Pick<OwedResponses, 'resume'>;
  readonly isDiskFull?: (() => boolean) | undefined;
}

type Handler<R extends BuyerRequest> = (request: VerifiedRequest<R>) => Promise<Acknowledgement>;

interface OnceOptions {
  /** Refuses the request while the disk is full, because it cannot be saved. */
  readonly needsDisk?: true;
}

type Once = <R extends BuyerRequest>(handler: Handler<R>, options?: OnceOptions) => Handler<R>;

interface RunningRequest {
  readonly digest: string;
  /** Settles with the handler's outcome. */
  readonly acknowledgement: Promise<Acknowledgement>;
}

const REPEATED: Acknowledgement = { ack: true, repeated: true };
const CONTENT_DIFFERS: Acknowledgement = { ack: false, contentDiffers: true };

/**
 * Creates the wrapper for request handlers. Handlers that share one wrapper recognise each other's running requests.
 * @unit   The handler's `receivedAt` is epoch ms of the orders' clock (`SteadyClock`).
 * @errors `contentDiffers` if the buyer app has used the message id for this action before, with another body. StoreFault
 *         if the store cannot be read, or if the disk is full and the handler needs it; also those of the handler.
 */
export function createOnce(deps: OnceDeps): Once {
  const running = new Map<string, RunningRequest>();
  return (handler, { needsDisk } = {}) =>
    async function handleOnce(request): Promise<Acknowledgement> {
      if (needsDisk && deps.isDiskFull?.()) throw new StoreFault('the disk is full; no new orders are taken');
      passCrashPoint('request.received');
      const buyer = buyerKey(request);
      // A buyer app that sends requests can probably receive callbacks again.
      deps.outbox.retryNow(buyer);
      const key = requestKey(buyer, request.action, request.messageId);
      const twin = running.get(key);
      if (twin) {
        const isSame = twin.digest === request.digest;
        return reportAnswer(deps, request, isSame ? asRepeated(await twin.acknowledgement) : CONTENT_DIFFERS);
      }
      const settle = register(running, key, request.digest);
      try {
        const answer =
          (await acknowledgedEarlier(deps, key, request)) ??
          (await handler({ ...request, receivedAt: deps.clock.now() }).catch((error: unknown) =>
            answerOfOther(deps, key, request, error),
          ));
        settle.resolve(answer);
        return reportAnswer(deps, request, answer);
      } catch (error) {
        settle.reject(error);
        throw error;
      } finally {
        running.delete(key);
      }
    };
}

/** Registers a request that is being handled, so that repeats wait for its acknowledgement. */
function register(
  running: Map<string, RunningRequest>,
  key: string,
  digest: string,
): { readonly resolve: (answer: Acknowledgement) => void; readonly reject: (error: unknown) => void } {
  let resolve!: (answer: Acknowledgement) => void;
  let reject!: (error: unknown) => void;
  const acknowledgement = new Promise<Acknowledgement>((onAnswer, onError) => {
    resolve = onAnswer;
    reject = onError;
  });
  // If there is no repeat, nothing else handles a rejection of this promise.
  acknowledgement.catch(() => undefined);
  running.set(key, { digest, acknowledgement });
  return { resolve, reject };
}

/** Returns the answer to a repeat of a saved request; `undefined` for a new one. Queues a response that was lost. */
async function acknowledgedEarlier(
  { store, owedResponses }: OnceDeps,
  key: string,
  { digest }: VerifiedRequest,
): Promise<Acknowledgement | undefined> {
  const earlier = await store.request(key);
  if (!earlier) return undefined;
  if (earlier.digest !== digest) return CONTENT_DIFFERS;
  owedResponses.resume(earlier);
  return REPEATED;
}

/**
 * Answers a delivery that looked new although another delivery of the same request was saved first.
 * @errors Rethrows `error` unless it is a RequestConflict; StoreFault if the accepted request's record is gone.
 */
async function answerOfOther(
  deps: OnceDeps,
  key: string,
  request: VerifiedRequest,
  error: unknown,
): Promise<Acknowledgement> {
  if (!(error instanceof RequestConflict)) throw error;
  const answer = await acknowledgedEarlier(deps, key, request);
  if (!answer) throw new StoreFault(`${error.message}, and its record is gone`, { cause: error });
  return answer;
}

/** Emits exactly one event for each delivery, so that each is counted once. Returns the answer. */
function reportAnswer({ events }: OnceDeps, { action }: VerifiedRequest, answer: Acknowledgement): Acknowledgement {
  if ('repeated' in answer || 'contentDiffers' in answer) events.emit('request.repeated', { action });
  else {
    passCrashPoint('request.saved');
    events.emit(answer.ack ? 'request.accepted' : 'request.refused', { action });
  }
  return answer;
}

function asRepeated(acknowledgement: Acknowledgement): Acknowledgement {
  return acknowledgement.ack ? REPEATED : acknowledgement;
}
