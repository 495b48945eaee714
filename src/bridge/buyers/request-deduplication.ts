/**
 * Recognises repeated requests by their message id, even while the first one is still being handled. The store decides:
 * it accepts a request once, whoever else has read that it is new.
 */
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, BuyerRequest, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import { RequestConflict, requestKey, StoreFault, type Store } from '../../ports/store.js';
import type { OwedResponses } from '../callbacks/owed-responses.js';
import { passCrashPoint } from '../orders/crash-points.js';

export interface OnceDeps {
  readonly store: Pick<Store, 'request'>;
  readonly events: Events;
  readonly outbox: { retryNow(buyer: string): void };
  readonly owedResponses: Pick<OwedResponses, 'resume'>;
}

type Handler<R extends BuyerRequest> = (request: VerifiedRequest<R>) => Promise<Acknowledgement>;
export type Once = <R extends BuyerRequest>(handler: Handler<R>) => Handler<R>;

const REPEATED: Acknowledgement = { ack: true, repeated: true };
const CONTENT_DIFFERS: Acknowledgement = { ack: false, contentDiffers: true };

/**
 * Creates the wrapper that all handlers of one table share.
 * @errors `contentDiffers` if the message id was used before with another body.
 */
export function createOnce({ store, events, outbox, owedResponses }: OnceDeps): Once {
  const running = new Map<string, { readonly digest: string; readonly acknowledgement: Promise<Acknowledgement> }>();

  /** The acknowledgement of a request whose message id was used before; `undefined` if it was not. */
  async function repeatOf(key: string, { action, digest }: VerifiedRequest): Promise<Acknowledgement | undefined> {
    const earlier = await store.request(key);
    if (!earlier) return undefined;
    events.emit('request.repeated', { action });
    if (earlier.digest !== digest) return CONTENT_DIFFERS;
    owedResponses.resume(earlier);
    return REPEATED;
  }

  async function handleOnce<R extends BuyerRequest>(
    key: string,
    request: VerifiedRequest<R>,
    handler: Handler<R>,
  ): Promise<Acknowledgement> {
    const { action } = request;
    try {
      const repeated = await repeatOf(key, request);
      if (repeated) return repeated;
      const acknowledgement = await handler(request).catch(async (error: unknown) => {
        if (!(error instanceof RequestConflict)) throw error;
        const other = await repeatOf(key, request);
        if (!other) throw new StoreFault(`${error.message}, and its record is gone`, { cause: error });
        return other;
      });
      passCrashPoint('request.saved');
      events.emit(acknowledgement.ack ? 'request.accepted' : 'request.refused', { action });
      return acknowledgement;
    } finally {
      running.delete(key);
    }
  }

  return (handler) => (request) => {
    passCrashPoint('request.received');
    const buyer = buyerKey(request);
    // A buyer app that sends requests can probably receive callbacks again.
    outbox.retryNow(buyer);
    const key = requestKey(buyer, request.action, request.messageId);
    const twin = running.get(key);
    if (twin)
      return twin.digest === request.digest ? twin.acknowledgement.then(asRepeated) : Promise.resolve(CONTENT_DIFFERS);
    const acknowledgement = handleOnce(key, request, handler);
    running.set(key, { digest: request.digest, acknowledgement });
    return acknowledgement;
  };
}

function asRepeated(acknowledgement: Acknowledgement): Acknowledgement {
  return acknowledgement.ack ? REPEATED : acknowledgement;
}
