/** Writes ACKs, NACKs and errors in the form that a profile uses in a dialect. */
import { namesIn } from '../../buyer-app/envelope.js';
import type { Dialect } from '../../dialects/dialect.js';
import type { HttpResponse } from '../../runtime/http-server.js';
import type { Json } from '../../runtime/json.js';
import type { ProviderProfile } from './provider-profiles.js';

export interface ReplyFormat {
  ack(context: Json): HttpResponse;
  /** @param status Replaces the status of the profile. */
  nack(context: Json | undefined, error: Json, status?: number): HttpResponse;
  /** @param code The digits of a code of BECKN-005 or of an HTTP status. */
  error(code: string, message: string): Json;
}

/** @param bppId The realm in `WWW-Authenticate`. */
export function createReplyFormat(
  { envelope, errorNames }: Dialect,
  profile: ProviderProfile,
  bppId: string,
): ReplyFormat {
  const { ack, nack, statusInMessage, numericCodes } = profile;

  /**
   * @shape `{message:{ack:{status}}}`; in dialects with a bare `status`, `{status}` or `{message:{status, messageId}}`.
   *        In `{status}`, `error` goes next to `status`; in the other forms, it is placed as the profile says.
   */
  function body(status: 'ACK' | 'NACK', context: Json | undefined, error?: Json): Json {
    if (envelope.ackForm === 'status' && !statusInMessage) return { status, ...(error && { error }) };
    const messageId = context?.[namesIn(context, envelope.names).messageId];
    const message = envelope.ackForm === 'ack' ? { ack: { status } } : { status, messageId };
    if (!error) return { message };
    return nack.errorInMessage ? { message: { ...message, error } } : { message, error };
  }

  return {
    ack(context) {
      const text = JSON.stringify({ ...(ack.withContext && { context }), ...body('ACK', context) });
      return { status: ack.status, text };
    },
    nack(context, error, status = nack.status) {
      const text = JSON.stringify({ ...(nack.withContext && context && { context }), ...body('NACK', context, error) });
      const realm = `Signature realm="${bppId}",headers="(created) (expires) digest"`;
      return { status, text, ...(status === 401 && { headers: { 'www-authenticate': realm } }) };
    },
    error: (code, message) => ({
      [errorNames.code]: numericCodes ? Number(code) : code,
      [errorNames.message]: message,
    }),
  };
}
