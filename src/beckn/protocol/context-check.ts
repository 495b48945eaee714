/** What every request's context must say, whatever its dialect. */
import { type ContextFieldNames, fieldNamesOf } from './context-names.js';
import type { WireContext } from './dialect.js';
import { valueAt, readId, isObject } from './json-reading.js';
import type { NackCode } from './nack-codes.js';
import { readStaleAt } from './ttl.js';
import { signerMatches } from '../registry/verify.js';

export interface CheckedContext {
  readonly wire: WireContext;
  /** As it spells them. */
  readonly fieldNames: ContextFieldNames;
  readonly bapId: string;
  readonly bapUri: string;
  readonly transactionId: string;
  readonly messageId: string;
  /** Epoch ms; absent when timestamp or ttl is, or cannot be read. */
  readonly staleAt?: number;
}

export interface ContextProblem {
  readonly code: NackCode;
  readonly path: string;
  readonly detail?: string;
  /** The context, where there is one. */
  readonly wire?: WireContext;
}

/**
 * Checks the envelope and who it claims to be from and for.
 * @errors The first rule broken, with its path.
 * @source Beckn core 1.x `Context`, which itself requires nothing but `action`; what is required here is what a
 *         callback cannot be made or sent without.
 */
export function checkContext(
  body: unknown,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): CheckedContext | ContextProblem {
  const wire = valueAt(body, 'context');
  if (!isObject(wire)) return { code: 'context-missing', path: 'context' };

  const names = fieldNamesOf(wire);
  const problem = readIds(wire, names, expected);
  if ('code' in problem) return { ...problem, wire };
  const until = readStaleAt(valueAt(wire, 'timestamp'), valueAt(wire, 'ttl'));
  return { wire, fieldNames: names, ...problem, ...(until !== undefined && { staleAt: until }) };
}

function readIds(
  wire: WireContext,
  names: ContextFieldNames,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): Pick<CheckedContext, 'bapId' | 'bapUri' | 'transactionId' | 'messageId'> | ContextProblem {
  const action = valueAt(wire, 'action');
  if (action !== expected.action) {
    const detail = `The URL says ${expected.action}, the context ${typeof action === 'string' ? action.slice(0, 40) : 'nothing'}.`;
    return { code: 'action-mismatch', path: 'context.action', detail };
  }
  const bapId = readId(valueAt(wire, names.bapId));
  const bapUri = readId(valueAt(wire, names.bapUri));
  const transactionId = readId(valueAt(wire, names.transactionId));
  const messageId = readId(valueAt(wire, names.messageId));
  if (bapId === undefined) return invalidField(names.bapId);
  if (!signerMatches(expected.signer, bapId)) {
    return { code: 'signer-mismatch', path: `context.${names.bapId}`, detail: `The signer is ${expected.signer}.` };
  }
  if (bapUri === undefined) return invalidField(names.bapUri);
  if (transactionId === undefined) return invalidField(names.transactionId);
  if (messageId === undefined) return invalidField(names.messageId);
  const bppId = valueAt(wire, names.bppId) ?? '';
  if (bppId !== '' && bppId !== expected.bppId) {
    return { code: 'bpp-id-mismatch', path: `context.${names.bppId}`, detail: `This is ${expected.bppId}.` };
  }
  return { bapId, bapUri, transactionId, messageId };
}

function invalidField(field: string): ContextProblem {
  const detail = `${field} must be a text of 1 to 255 characters without control characters.`;
  return { code: 'context-invalid', path: `context.${field}`, detail };
}
