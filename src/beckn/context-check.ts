/** What every request's context must say, whatever its dialect. */
import type { WireContext } from './dialects/dialect.js';
import { at, id, isObject } from './dialects/json-reading.js';
import type { RejectionCode } from './refusals.js';
import { staleAt } from './staleness.js';
import { signerMatches } from './verify.js';

export interface CheckedContext {
  readonly wire: WireContext;
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

  const problem = problemOf(wire, expected);
  if ('code' in problem) return { ...problem, wire };
  const until = staleAt(at(wire, 'timestamp'), at(wire, 'ttl'));
  return { wire, ...problem, ...(until !== undefined && { staleAt: until }) };
}

function problemOf(
  wire: WireContext,
  expected: { readonly action: string; readonly signer: string; readonly bppId: string },
): Pick<CheckedContext, 'bapId' | 'bapUri' | 'transactionId' | 'messageId'> | ContextProblem {
  const action = at(wire, 'action');
  if (action !== expected.action) {
    const detail = `The URL says ${expected.action}, the context ${typeof action === 'string' ? action.slice(0, 40) : 'nothing'}.`;
    return { code: 'action-mismatch', path: 'context.action', detail };
  }
  const bapId = id(at(wire, 'bap_id'));
  const bapUri = id(at(wire, 'bap_uri'));
  const transactionId = id(at(wire, 'transaction_id'));
  const messageId = id(at(wire, 'message_id'));
  if (bapId === undefined) return unusable('bap_id');
  if (!signerMatches(expected.signer, bapId)) {
    return { code: 'signer-not-sender', path: 'context.bap_id', detail: `The signer is ${expected.signer}.` };
  }
  if (bapUri === undefined) return unusable('bap_uri');
  if (transactionId === undefined) return unusable('transaction_id');
  if (messageId === undefined) return unusable('message_id');
  const bppId = at(wire, 'bpp_id') ?? '';
  if (bppId !== '' && bppId !== expected.bppId) {
    return { code: 'not-for-us', path: 'context.bpp_id', detail: `This is ${expected.bppId}.` };
  }
  return { bapId, bapUri, transactionId, messageId };
}

function unusable(field: string): ContextProblem {
  const detail = `${field} must be a text of 1 to 255 characters without control characters.`;
  return { code: 'context-invalid', path: `context.${field}`, detail };
}
