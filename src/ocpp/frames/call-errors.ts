/** Defines the CALLERROR codes that we send in each version's spelling, and which fault gets which code. */
import type { FrameFault } from './frame.js';

/** The columns of the table below; 2.1 uses the codes of 2.0.1. */
export type ErrorCodeVersion = '1.6' | '2.0.1';

/**
 * 1.6 spells `Occurence…` with one r, which its errata confirm; 2.x spells it with two.
 * @source OCPP-J 1.6 §4.2.3; OCPP-J 2.0.1 §4.3
 */
export const ERROR_CODES = {
  'not-implemented': { '1.6': 'NotImplemented', '2.0.1': 'NotImplemented' },
  'not-supported': { '1.6': 'NotSupported', '2.0.1': 'NotSupported' },
  internal: { '1.6': 'InternalError', '2.0.1': 'InternalError' },
  security: { '1.6': 'SecurityError', '2.0.1': 'SecurityError' },
  formation: { '1.6': 'FormationViolation', '2.0.1': 'FormatViolation' },
  property: { '1.6': 'PropertyConstraintViolation', '2.0.1': 'PropertyConstraintViolation' },
  occurrence: { '1.6': 'OccurenceConstraintViolation', '2.0.1': 'OccurrenceConstraintViolation' },
  type: { '1.6': 'TypeConstraintViolation', '2.0.1': 'TypeConstraintViolation' },
  // 1.6 has no codes for these two. Such a frame is dropped or gets the nearest code.
  'message-type': { '1.6': 'GenericError', '2.0.1': 'MessageTypeNotSupported' },
  framework: { '1.6': 'FormationViolation', '2.0.1': 'RpcFrameworkError' },
} as const satisfies Record<string, Record<ErrorCodeVersion, string>>;

export type ErrorKind = keyof typeof ERROR_CODES;

export function errorCode(kind: ErrorKind, spelling: ErrorCodeVersion): string {
  return ERROR_CODES[kind][spelling];
}

/** Standard codes that we never send. */
const RECEIVED_ONLY = ['ProtocolError'];

const KNOWN_CODES: ReadonlySet<string> = new Set([
  ...Object.values(ERROR_CODES).flatMap((spellings) => Object.values(spellings)),
  ...RECEIVED_ONLY,
]);

/** Returns a peer's code as a metric label: unknown codes become `unlisted`, so that peers cannot create labels. */
export function errorCodeLabel(code: string): string {
  return KNOWN_CODES.has(code) ? code : 'unlisted';
}

/** Explains each code, for the table in the documentation. */
export const ERROR_DESCRIPTIONS: { readonly [kind in ErrorKind]: string } = {
  'not-implemented': 'The action is not one of this version.',
  'not-supported': 'Only a central system may send the action, or a CALL has the action of a SEND (2.1).',
  internal: 'It could not be saved; send it again.',
  security: 'Another message than BootNotification before the boot is accepted.',
  formation: 'The frame or payload has the wrong form, or an unknown field.',
  property: 'A value is outside what the field allows.',
  occurrence: 'A required field is missing, or a list has the wrong length.',
  type: 'A value has the wrong JSON type.',
  'message-type': 'The message type number is not one of this version (2.0.1 only; 1.6 and 2.1 ignore the frame).',
  framework: 'The frame is no RPC message.',
};

const KIND_BY_KEYWORD: { readonly [keyword: string]: ErrorKind } = {
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

/** Returns the error kind for a JSON Schema keyword that a payload violates. */
export function errorKindOfKeyword(keyword: string): ErrorKind {
  return Object.hasOwn(KIND_BY_KEYWORD, keyword) ? (KIND_BY_KEYWORD[keyword] ?? 'formation') : 'formation';
}

/** @source OCPP-J 1.6 §4.2.3; OCPP-J 2.0.1 §4.3, §4.4 */
export function errorKindOfFrameFault(fault: FrameFault): ErrorKind {
  if (fault === 'message-type') return 'message-type';
  return fault === 'payload' || fault === 'depth' ? 'formation' : 'framework';
}

export const FRAME_FAULT_DESCRIPTIONS: { readonly [fault in FrameFault]: string } = {
  'not-json': 'The text is not JSON.',
  'not-an-array': 'A message is a JSON array.',
  'not-an-object': 'A message is a JSON object.',
  'message-type': 'There is no such message type in this version.',
  id: 'The id of a CALL is a string.',
  elements: 'A CALL has 4 elements.',
  action: 'The action of a CALL is a string.',
  payload: 'The payload of a CALL is an object.',
  depth: 'The payload is nested too deeply.',
};
