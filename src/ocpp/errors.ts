/** CALLERROR codes: what is wrong, in each version's own spelling. */

/** A version that this table knows how to spell. One more column is one more version. */
export type ErrorSpelling = '1.6';

/** `Occurence…` with one r is the 1.6 spelling, kept on purpose by its errata. @source OCPP-J 1.6 §4.2.3 */
export const ERROR_CODES = {
  'not-implemented': { '1.6': 'NotImplemented' },
  'not-supported': { '1.6': 'NotSupported' },
  internal: { '1.6': 'InternalError' },
  protocol: { '1.6': 'ProtocolError' },
  security: { '1.6': 'SecurityError' },
  formation: { '1.6': 'FormationViolation' },
  property: { '1.6': 'PropertyConstraintViolation' },
  occurrence: { '1.6': 'OccurenceConstraintViolation' },
  type: { '1.6': 'TypeConstraintViolation' },
  generic: { '1.6': 'GenericError' },
} as const satisfies Record<string, Record<ErrorSpelling, string>>;

export type ErrorKind = keyof typeof ERROR_CODES;

export function errorCode(kind: ErrorKind, spelling: ErrorSpelling): string {
  return ERROR_CODES[kind][spelling];
}

const LISTED: ReadonlySet<string> = new Set(Object.values(ERROR_CODES).flatMap((row) => Object.values(row)));

/** A code from a peer as it may be counted: one of the list, whatever the peer made up. */
export function countedCode(code: string): string {
  return LISTED.has(code) ? code : 'unlisted';
}

/** When each is sent, for the table of the README. */
export const ERROR_SENTENCES: { readonly [kind in ErrorKind]: string } = {
  'not-implemented': 'The action is not one of this version.',
  'not-supported': 'The action is one that only we may send.',
  internal: 'It could not be saved; send it again.',
  protocol: 'The payload is incomplete.',
  security: 'Another message than BootNotification before the first accepted boot.',
  formation: 'The frame or payload has the wrong form, or an unknown field.',
  property: 'A value is outside what the field allows.',
  occurrence: 'A required field is missing, or a list has the wrong length.',
  type: 'A value has the wrong JSON type.',
  generic: 'Anything else.',
};

const KINDS: { readonly [keyword: string]: ErrorKind } = {
  required: 'occurrence',
  minItems: 'occurrence',
  maxItems: 'occurrence',
  type: 'type',
  enum: 'property',
  const: 'property',
  maxLength: 'property',
  minLength: 'property',
  minimum: 'property',
  maximum: 'property',
  multipleOf: 'property',
  format: 'property',
  pattern: 'property',
  additionalProperties: 'formation',
};

/** The kind of error behind a JSON Schema keyword that was not met. */
export function kindOfKeyword(keyword: string): ErrorKind {
  return Object.hasOwn(KINDS, keyword) ? (KINDS[keyword] ?? 'formation') : 'formation';
}
