/**
 * Converts parsed JSON to a buyer request. Checks context, dialect and schema before reading, and staleness afterwards.
 */
import type { BuyerRequest } from '../../ports/buyer-requests.js';
import type { PeerSettings } from '../../config/config.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { becknCheck } from '../../schema/validators.js';
import { selectDialect } from '../dialects/select-dialect.js';
import { ackFormatFor, type AckContext } from '../protocol/ack-format.js';
import { checkContext, type CheckedContext } from '../protocol/context-check.js';
import type { BecknDialect } from '../protocol/dialect.js';
import { isObject, readText, valueAt } from '../protocol/json-reading.js';
import type { NackCode, NackDetails } from '../protocol/nack-codes.js';
import { NEVER_STALE, readTimestamp } from '../protocol/ttl.js';
import type { Subscriber } from '../protocol/wire.js';
import type { AuthenticatedSender } from '../registry/verify.js';
import type { Signer } from '../signing/signer.js';
import { createCountersigner } from './signed-ack.js';

export interface ReadRequestDeps {
  readonly dialects: readonly BecknDialect[];
  readonly peerSettings: (bapId: string) => PeerSettings;
  readonly subscriber: Subscriber;
  readonly signer?: Signer;
  readonly options: { readonly domains: readonly string[]; readonly staleness: 'warn' | 'strict' };
}

export interface AuthenticatedRequest {
  readonly action: string;
  readonly body: unknown;
  readonly sender: AuthenticatedSender;
  /** Epoch ms. */
  readonly receivedAt: number;
}

export interface ReadRequest {
  readonly action: string;
  readonly subscriberId: string;
  readonly context: CheckedContext;
  readonly dialect: BecknDialect;
  readonly peer: PeerSettings;
  /** The format of the ACK or NACK. */
  readonly ackContext: AckContext;
  readonly request: BuyerRequest;
}

/** A protocol violation, before it becomes a NACK. */
export interface Rejection {
  readonly code: NackCode;
  readonly details: NackDetails;
}

type Unread = { readonly rejection: Rejection } | { readonly refusal: Refusal; readonly ackContext: AckContext };

export function readRequest(deps: ReadRequestDeps, authenticated: AuthenticatedRequest): ReadRequest | Unread {
  const { action, body, sender, receivedAt } = authenticated;
  const { subscriberId } = sender;
  const context = checkContext(body, { action, signer: subscriberId, bppId: deps.subscriber.bppId });
  if ('code' in context) {
    const ackContext = { format: ackFormatFor(deps.peerSettings(subscriberId)), requestContext: context.wire };
    return { rejection: { code: context.code, details: { ...context, ackContext } } };
  }
  const peer = deps.peerSettings(context.bapId);
  const message = messageOf(action, body);
  const dialect = selectDialect(deps.dialects, context.wire, isObject(message) ? message : {}, peer.dialect);
  const ackContext = ackContextFor(deps, peer, dialect, { context, digest: sender.digest });
  const reject = (code: NackCode, details: NackDetails): Unread => ({
    rejection: { code, details: { ...details, ackContext } },
  });
  if (!dialect || !servesNetwork(deps, context)) {
    const path = `context.${context.fieldNames.network}`;
    return reject('dialect-unsupported', { detail: unsupportedDetail(deps, context), path });
  }
  // The action may exist only in another dialect.
  if (!dialect.actions.has(action)) {
    const detail = `${dialect.displayName} has no action ${action}.`;
    return reject('action-unknown', { detail, path: 'context.action' });
  }
  const violation = becknCheck(dialect.family, action)?.(body);
  if (violation) return reject('schema-invalid', schemaRejection(violation).details);
  if (!isObject(message)) return reject('context-missing', { path: 'message' });
  const read = dialect.read(action, context.wire, message, peer);
  if ('refusal' in read) return { refusal: read.refusal, ackContext };
  const request = read.type === 'cancel' && cancelStops(dialect, peer) ? { ...read, ifRunning: 'stop' as const } : read;
  const result = { action, subscriberId, context, dialect, peer, ackContext, request };
  if (deps.options.staleness === 'warn' || NEVER_STALE.has(request.type)) return result;
  if (context.staleAt === undefined) {
    const detail = 'When it expires cannot be told: timestamp must be an RFC 3339 time, ttl an ISO 8601 duration.';
    return reject('stale', {
      detail,
      path: `context.${readTimestamp(valueAt(context.wire, 'timestamp')) !== undefined ? 'ttl' : 'timestamp'}`,
    });
  }
  const lateMs = receivedAt - context.staleAt;
  if (lateMs > 0) {
    const serverTime = new Date(receivedAt).toISOString();
    const detail = `It expired ${Math.ceil(lateMs / 1000)} s ago (server time ${serverTime}).`;
    return reject('stale', { detail, path: 'context.timestamp' });
  }
  return result;
}

/**
 * Checks whether a plain cancel stops a running session. It does in the dialects that stop sessions with an update,
 * unless the peer's settings refuse it.
 */
function cancelStops({ stopsBy }: BecknDialect, { cancelRunning = 'stop' }: PeerSettings): boolean {
  return stopsBy === 'update' && cancelRunning === 'stop';
}

/** Returns the message. Requests of the meta API, such as `get_rating_categories`, have none and get an empty one. */
function messageOf(action: string, body: unknown): unknown {
  return valueAt(body, 'message') ?? (action.startsWith('get_') ? {} : undefined);
}

function ackContextFor(
  { signer }: ReadRequestDeps,
  peer: PeerSettings,
  dialect: BecknDialect | undefined,
  { context, digest }: { readonly context: CheckedContext; readonly digest: string },
): AckContext {
  const format = ackFormatFor(peer, dialect?.ackFormat);
  const { messageId, wire } = context;
  const countersign = format.counterSignature && signer && createCountersigner(signer, { digest, messageId });
  return { format, requestContext: wire, messageId, ...(countersign && { countersign }) };
}

function servesNetwork({ options }: ReadRequestDeps, { wire, fieldNames }: CheckedContext): boolean {
  const domain = valueAt(wire, fieldNames.network);
  return options.domains.length === 0 || (typeof domain === 'string' && options.domains.includes(domain));
}

function unsupportedDetail({ dialects }: ReadRequestDeps, { wire, fieldNames }: CheckedContext): string {
  const stated = (field: string): string => readText(valueAt(wire, field), 50) ?? 'nothing';
  const supported = dialects.map(({ displayName }) => displayName).join(', ');
  return `The request states ${stated(fieldNames.network)} ${stated('version')}; supported: ${supported}.`;
}

export function schemaRejection({ path, message }: { readonly path: string; readonly message: string }): Rejection {
  return { code: 'schema-invalid', details: { detail: toSentence(`At ${path || 'the body'}: ${message}`), path } };
}

/** Adds a capital letter at the start and, if there is no closing punctuation, a full stop. */
export function toSentence(phrase: string): string {
  const text = phrase.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
