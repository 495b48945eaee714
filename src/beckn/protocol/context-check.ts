/** Checks the context of a request, independently of its dialect. */
import { type ContextFieldNames, fieldNamesOf } from './context-names.js';
import { valueAt, readId, isObject } from './json-reading.js';
import type { NackCode } from './nack-codes.js';
import { readStaleAt } from './ttl.js';
import type { WireContext } from './wire.js';

export interface CheckedContext {
  readonly wire: WireContext;
  /** The field names that this context uses. */
  readonly fieldNames: ContextFieldNames;
  readonly bapId: string;
  readonly bapUri: string;
  readonly transactionId: string;
  readonly messageId: string;
  /** `timestamp + ttl`, epoch ms; absent if either is missing or cannot be read. */
  readonly staleAt?: number;
}

export interface ContextProblem {
  readonly code: NackCode;
  readonly path: string;
  readonly detail?: string;
  /** Absent if the body has no context. */
  readonly wire?: WireContext;
}

/**
 * Matches searches, which may go to every provider, and requests of the meta API, which ask for public codes. All other
 * actions must name the provider.
 */
const UNADDRESSED = /^(search|discover|get_\w+)$/;

/**
 * Checks the action, the sender and its address, the recipient and the ids.
 * @errors The first problem found, with its path.
 * @source Beckn core 1.x `Context` requires only `action`. The other fields are required here because no callback can
 *         be built or sent without them.
 */
export function checkContext(
  body: unknown,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): CheckedContext | ContextProblem {
  const wire = valueAt(body, 'context');
  if (!isObject(wire)) return { code: 'context-missing', path: 'context' };

  const fieldNames = fieldNamesOf(wire);
  const ids = readIds(wire, fieldNames, expected);
  if ('code' in ids) return { ...ids, wire };
  const staleAt = readStaleAt(valueAt(wire, 'timestamp'), valueAt(wire, 'ttl'));
  return { wire, fieldNames, ...ids, ...(staleAt !== undefined && { staleAt }) };
}

function readIds(
  wire: WireContext,
  names: ContextFieldNames,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): Pick<CheckedContext, 'bapId' | 'bapUri' | 'transactionId' | 'messageId'> | ContextProblem {
  const action = valueAt(wire, 'action');
  if (action !== expected.action) {
    const stated = typeof action === 'string' ? action.slice(0, 40) : 'nothing';
    return {
      code: 'action-mismatch',
      path: 'context.action',
      detail: `The URL says ${expected.action}, the context says ${stated}.`,
    };
  }
  const bapId = readId(valueAt(wire, names.bapId));
  const bapUri = readId(valueAt(wire, names.bapUri));
  const transactionId = readId(valueAt(wire, names.transactionId));
  const messageId = readId(valueAt(wire, names.messageId));
  if (bapId === undefined) return invalidField(names.bapId);
  // Subscriber ids are compared exactly, because ignoring case could conflate two participants.
  if (expected.signer !== bapId) {
    return { code: 'signer-mismatch', path: `context.${names.bapId}`, detail: `The signer is ${expected.signer}.` };
  }
  if (bapUri === undefined) return invalidField(names.bapUri);
  if (transactionId === undefined) return invalidField(names.transactionId);
  if (messageId === undefined) return invalidField(names.messageId);
  const bppId = valueAt(wire, names.bppId) ?? '';
  if (bppId === '' && !UNADDRESSED.test(expected.action)) {
    return {
      code: 'context-invalid',
      path: `context.${names.bppId}`,
      detail: `${names.bppId} must be ${expected.bppId}: without it the message could be meant for another provider.`,
    };
  }
  if (bppId !== '' && bppId !== expected.bppId) {
    return { code: 'bpp-id-mismatch', path: `context.${names.bppId}`, detail: `This is ${expected.bppId}.` };
  }
  return { bapId, bapUri, transactionId, messageId };
}

function invalidField(field: string): ContextProblem {
  const detail = `${field} must be a text of 1 to 255 characters, without invisible ones.`;
  return { code: 'context-invalid', path: `context.${field}`, detail };
}
