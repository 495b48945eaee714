/** Splits a `transactionCursor`. @errors RangeError if the text is not such a cursor. */
export function splitTransactionCursor(cursor: string): [chargePointId: string, transactionId: string] {
  const [chargePointId, transactionId, extra] = cursor.split('|');
  if (chargePointId === undefined || transactionId === undefined || extra !== undefined) throw unknownCursor(cursor);
  try {
    return [decodeURIComponent(chargePointId), decodeURIComponent(transactionId)];
  } catch {
    throw unknownCursor(cursor);
  }
}

export function unknownCursor(cursor: string): RangeError {
  return new RangeError(`this list has no item ${JSON.stringify(cursor)} to continue after`);
}
