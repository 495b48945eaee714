/** Defines which OCPP-J frames each version knows, and how it treats the others. */

export interface FrameRules {
  /** Whether this version has the message types CALLRESULTERROR (5) and SEND (6). */
  readonly hasCallResultErrors: boolean;
  readonly hasSends: boolean;
  /** How to treat an unknown message type: 1.6 and 2.1 ignore it; 2.0.1 answers with a CALLERROR. */
  readonly unknownMessageType: 'ignored' | 'answered';
  /** How to treat text that is not a frame, or a CALL whose id cannot be read. 1.6 has no error code for these. */
  readonly malformedFrame: 'ignored' | 'answered';
  /** The maximum length of an id, characters. A CALL with a longer id is not a valid RPC message. */
  readonly maxIdLength: number;
  /** Whether a transaction id is text that the station chooses. In 1.6 it is a number that we choose. */
  readonly hasTextTransactionIds: boolean;
}

/** @source OCPP-J 1.6 §4.1.3, §4.2; OCPP-J 2.0.1 §4.1.4, §4.4; OCPP-J 2.1 §4.1.4, §4.2.4, §4.2.5, §4.4 */
export const FRAME_RULES = {
  '1.6': {
    hasCallResultErrors: false,
    hasSends: false,
    unknownMessageType: 'ignored',
    malformedFrame: 'ignored',
    maxIdLength: Infinity,
    hasTextTransactionIds: false,
  },
  '2.0.1': {
    hasCallResultErrors: false,
    hasSends: false,
    unknownMessageType: 'answered',
    malformedFrame: 'answered',
    maxIdLength: 36,
    hasTextTransactionIds: true,
  },
  '2.1': {
    hasCallResultErrors: true,
    hasSends: true,
    unknownMessageType: 'ignored',
    malformedFrame: 'answered',
    maxIdLength: 36,
    hasTextTransactionIds: true,
  },
} as const satisfies Record<string, FrameRules>;

export type OcppJVersion = keyof typeof FRAME_RULES;
