/** The parts of a `transactionCursor`. @errors RangeError when it is none. */
export function splitTransactionCursor(cursor: string): [chargePointId: string, transactionId: string] {
  const [chargePointId, transactionId, more] = cursor.split('|');
  if (chargePointId === undefined || transactionId === undefined || more !== undefined) throw unknownCursor(cursor);
  try {
    return [decodeURIComponent(chargePointId), decodeURIComponent(transactionId)];
  } catch {
    throw unknownCursor(cursor);
  }
}

export function unknownCursor(cursor: string): RangeError {
  return new RangeError(`nothing to go on after: this list has no item ${JSON.stringify(cursor)}`);
}
