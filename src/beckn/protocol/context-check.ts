/** What every request's context must say, whatever its dialect. */
import { type ContextNames, namesOf } from './context-names.js';
import type { WireContext } from './dialect.js';
import { at, id, isObject } from './json-reading.js';
import type { RejectionCode } from './nack-codes.js';
import { staleAt } from './ttl.js';
import { signerMatches } from '../registry/verify.js';

export interface CheckedContext {
  readonly wire: WireContext;
  /** As it spells them. */
  readonly names: ContextNames;
  readonly bapId: string;
  readonly bapUri: string;
  readonly transactionId: string;
  readonly messageId: string;
  /** Epoch ms; absent when timestamp or ttl is, or cannot be read. */
  readonly staleAt?: number;
}

export interface ContextProblem {
  readonly code: RejectionCode;
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
  const wire = at(body, 'context');
  if (!isObject(wire)) return { code: 'context-missing', path: 'context' };

  const names = namesOf(wire);
  const problem = problemOf(wire, names, expected);
  if ('code' in problem) return { ...problem, wire };
  const until = staleAt(at(wire, 'timestamp'), at(wire, 'ttl'));
  return { wire, names, ...problem, ...(until !== undefined && { staleAt: until }) };
}

function problemOf(
  wire: WireContext,
  names: ContextNames,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): Pick<CheckedContext, 'bapId' | 'bapUri' | 'transactionId' | 'messageId'> | ContextProblem {
  const action = at(wire, 'action');
  if (action !== expected.action) {
    const detail = `The URL says ${expected.action}, the context ${typeof action === 'string' ? action.slice(0, 40) : 'nothing'}.`;
    return { code: 'action-mismatch', path: 'context.action', detail };
  }
  const bapId = id(at(wire, names.bapId));
  const bapUri = id(at(wire, names.bapUri));
  const transactionId = id(at(wire, names.transactionId));
  const messageId = id(at(wire, names.messageId));
  if (bapId === undefined) return unusable(names.bapId);
  if (!signerMatches(expected.signer, bapId)) {
    return { code: 'signer-not-sender', path: `context.${names.bapId}`, detail: `The signer is ${expected.signer}.` };
  }
  if (bapUri === undefined) return unusable(names.bapUri);
  if (transactionId === undefined) return unusable(names.transactionId);
  if (messageId === undefined) return unusable(names.messageId);
  const bppId = at(wire, names.bppId) ?? '';
  if (bppId !== '' && bppId !== expected.bppId) {
    return { code: 'not-for-us', path: `context.${names.bppId}`, detail: `This is ${expected.bppId}.` };
  }
  return { bapId, bapUri, transactionId, messageId };
}

function unusable(field: string): ContextProblem {
  const detail = `${field} must be a text of 1 to 255 characters without control characters.`;
  return { code: 'context-invalid', path: `context.${field}`, detail };
}
