/** Recognises repeated requests by their message id, even while the first one is still being handled. */
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, BuyerRequest, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import { requestKey, type Store } from '../../ports/store.js';
import { passCrashPoint } from '../orders/crash-points.js';

export interface OnceDeps {
  readonly store: Pick<Store, 'request'>;
  readonly events: Events;
  readonly outbox: { retryNow(buyer: string): void };
}

type Handler<R extends BuyerRequest> = (request: VerifiedRequest<R>) => Promise<Acknowledgement>;
export type Once = <R extends BuyerRequest>(handler: Handler<R>) => Handler<R>;

const REPEATED: Acknowledgement = { ack: true, repeated: true };
const CONTENT_DIFFERS: Acknowledgement = { ack: false, contentDiffers: true };

/**
 * Creates the wrapper that all handlers of one table share.
 * @errors `contentDiffers` if the message id was used before with another body.
 */
export function createOnce({ store, events, outbox }: OnceDeps): Once {
  const running = new Map<string, { readonly digest: string; readonly acknowledgement: Promise<Acknowledgement> }>();

  async function handleOnce<R extends BuyerRequest>(
    key: string,
    request: VerifiedRequest<R>,
    handler: Handler<R>,
  ): Promise<Acknowledgement> {
    const { action, digest } = request;
    try {
      const earlier = await store.request(key);
      if (earlier) {
        events.emit('request.repeated', { action });
        return earlier.digest === digest ? REPEATED : CONTENT_DIFFERS;
      }
      const acknowledgement = await handler(request);
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
