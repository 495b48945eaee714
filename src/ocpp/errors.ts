/** CALLERROR codes: what is wrong, in each version's own spelling. */

/** A version that this table knows how to spell. One more column is one more version. */
export type ErrorSpelling = '1.6';

/** `Occurence…` with one r is the 1.6 spelling, kept on purpose by its errata. @source OCPP-J 1.6 §4.2.3 */
const CODES = {
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

export type ErrorKind = keyof typeof CODES;

export function errorCode(kind: ErrorKind, spelling: ErrorSpelling): string {
  return CODES[kind][spelling];
}

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
