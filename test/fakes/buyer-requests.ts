/** Tables of handlers for buyer requests, used with one function for all types. */
import { formatMinor } from '../../src/domain/model/money.js';
import type {
  Acknowledgement,
  BuyerRequest,
  BuyerRequests,
  StatedAmount,
  VerifiedRequest,
} from '../../src/ports/buyer-requests.js';

export type RequestHandler = (request: VerifiedRequest) => Promise<Acknowledgement>;
type Table = { -readonly [T in BuyerRequest['type']]: RequestHandler };

/** Returns an amount as a request states it. @param minor Minor units. */
export function statedAmount(minor: number, currency = 'INR'): StatedAmount {
  return { decimal: formatMinor(minor, currency), currency, path: 'message.order.payments[0].params.amount' };
}

/** Creates a table that hands every request to `handle`. */
export function requestTable(handle: RequestHandler): BuyerRequests {
  const table: Table = {
    search: handle,
    select: handle,
    init: handle,
    confirm: handle,
    status: handle,
    update: handle,
    start: handle,
    stop: handle,
    cancel: handle,
    track: handle,
    preview: handle,
    support: handle,
    meta: handle,
    rating: handle,
  };
  return table;
}

/** Hands a request to the handler of its type. */
export function submit(requests: BuyerRequests, request: VerifiedRequest): Promise<Acknowledgement> {
  return (requests as unknown as Table)[request.request.type](request);
}

/** Puts a function between the callers of a table and its handlers. */
export function intercept(
  requests: BuyerRequests,
  wrap: (request: VerifiedRequest, handle: RequestHandler) => Promise<Acknowledgement>,
): void {
  const table = requests as unknown as Table;
  for (const type of Object.keys(table) as BuyerRequest['type'][]) {
    const handle = table[type];
    table[type] = (request) => wrap(request, handle);
  }
}
