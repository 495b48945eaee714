/** Finds the order that a transaction belongs to, from the transaction's messages. */
import type { Order } from '../model/order.js';
import { continuesRegister, type KnownRegister } from './register-continuity.js';
import { remoteStartIdOf } from './remote-start-id.js';
import { isTagOf } from './tags.js';

/**
 * What a message says about the beginning of a transaction. `remote-start`: a remote start triggered it. `running`:
 * energy flows, or the transaction has already begun. `no-vehicle`: no cable was plugged in after the authorisation.
 */
export type StartSign = 'remote-start' | 'running' | 'no-vehicle' | 'none';

export interface StartEvidence {
  /** Chosen by the station (2.x). The id of a 1.6 transaction is no evidence, because we chose it. */
  readonly transactionId?: string | undefined;
  readonly remoteStartId?: number | undefined;
  /** The tag in the message, and the first tag in the transaction, which is empty if there was none. */
  readonly idTag?: string | undefined;
  readonly firstIdTag: string;
  /** 0 if no message has named the connector. */
  readonly connectorId: number;
  readonly sign: StartSign;
  /** Whether the end of the transaction is known. */
  readonly hasEnded: boolean;
  readonly registerWh?: number | undefined;
  /** By the charger's clock, epoch ms; absent if it could not be read, or is impossible. */
  readonly at?: number | undefined;
  /** When the message was received, our time, epoch ms. */
  readonly now: number;
}

/** A connector of the charge point. */
export interface StartPlace {
  readonly connectorId: number;
  readonly maxPowerW: number;
  /** The last register that was read there. */
  readonly last?: KnownRegister | undefined;
}

export interface StartCandidates {
  /** The open orders of the charge point. */
  readonly open: readonly Order[];
  readonly places: readonly StartPlace[];
}

/**
 * `assumed`: no message names the order, but no other transaction can have begun. `possible`: a later message may still
 * show that the transaction belongs to an order that awaits its start. `none`: it belongs to no open order.
 */
export type StartMatch =
  | { readonly kind: 'named' | 'assumed'; readonly order: Order }
  | { readonly kind: 'possible' }
  | { readonly kind: 'none' };

/** By how much a charger's clock may be behind ours, ms. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Finds the order by the tag, else by the `remoteStartId`, else by the transaction id in the response to the remote
 * start. A transaction whose tag names no order belongs to none. Without a tag, one whose `remoteStartId` names no
 * order belongs to none either, unless its transaction id names an order. A transaction without any of the three
 * belongs to an order only if it can have begun on no other connector, and if either a remote start triggered it, or it
 * shows another sign of its beginning and the charge point has accepted the order's remote start.
 * @source OCPP 2.0.1 F01.FR.13, F01.FR.19, F01.FR.25; stations in the field omit any of these.
 */
export function matchStart(start: StartEvidence, { open, places }: StartCandidates): StartMatch {
  const named = findNamed(start, open) ?? open.find((order) => isTagOf(order, start.firstIdTag));
  if (named) return { kind: 'named', order: named };
  if (start.firstIdTag !== '') return { kind: 'none' };
  const waiting = open.filter((order) => mayBeStartOf(order, start));
  const answered = waiting.find(({ remoteStart }) => remoteStart?.transactionId !== undefined);
  if (answered) return { kind: 'named', order: answered };
  if (start.remoteStartId !== undefined) return { kind: 'none' };
  const begun = waiting.find((order) => looksBegun(order, start) && isOnlyPlace(order, start, places));
  if (begun) return { kind: 'assumed', order: begun };
  return { kind: waiting.length > 0 ? 'possible' : 'none' };
}

/** Finds the order that the message names. The tag is tried first: it has 80 random bits, `remoteStartId` only 30. */
export function findNamed(
  { idTag, remoteStartId }: Pick<StartEvidence, 'idTag' | 'remoteStartId'>,
  open: readonly Order[],
): Order | undefined {
  const tagged = idTag === undefined ? undefined : open.find((order) => isTagOf(order, idTag));
  const isRequested = (order: Order): boolean =>
    order.idTag !== undefined && remoteStartIdOf(order.idTag) === remoteStartId;
  return tagged ?? open.find(isRequested);
}

/** Checks whether the transaction may be the one that the order awaits, because nothing contradicts that. */
function mayBeStartOf({ state, remoteStart, connector }: Order, start: StartEvidence): boolean {
  if (state !== 'starting' || !remoteStart || remoteStart.answer === 'rejected' || start.hasEnded) return false;
  const { transactionId, requestedAt } = remoteStart;
  const isElsewhere = start.connectorId !== 0 && start.connectorId !== connector.connectorId;
  const isOther = transactionId !== undefined && transactionId !== start.transactionId;
  const isEarlier = Math.min(start.at ?? start.now, start.now) < requestedAt - CLOCK_TOLERANCE_MS;
  return !isElsewhere && !isOther && !isEarlier;
}

/**
 * Checks for a sign that the awaited transaction has begun. If another one had been open on the connector, the charge
 * point would have rejected the remote start.
 */
function looksBegun({ remoteStart }: Order, { sign }: StartEvidence): boolean {
  return sign === 'remote-start' || (sign !== 'none' && remoteStart?.answer === 'accepted');
}

/**
 * Checks whether the transaction can only be on the order's connector: a message has named this connector, the charge
 * point has no other, or the register continues that of this connector alone.
 */
function isOnlyPlace({ connector }: Order, start: StartEvidence, places: readonly StartPlace[]): boolean {
  if (start.connectorId === connector.connectorId) return true;
  const own = places.find(({ connectorId }) => connectorId === connector.connectorId);
  const others = places.filter((place) => place !== own);
  const fits = ({ last, maxPowerW }: StartPlace): boolean => !last || continuesRegister(last, start, maxPowerW);
  if (own && others.length === 0) return true;
  return own?.last !== undefined && fits(own) && !others.some(fits);
}
