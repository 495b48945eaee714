import { expect, it } from 'vitest';
import { errorCode, errorCodeLabel, errorKindOfKeyword } from '../../../../src/ocpp/frames/call-errors.js';

it.each([
  ['required', 'OccurenceConstraintViolation'],
  ['minItems', 'OccurenceConstraintViolation'],
  ['additionalProperties', 'FormationViolation'],
  ['type', 'TypeConstraintViolation'],
  ['enum', 'PropertyConstraintViolation'],
  ['maxLength', 'PropertyConstraintViolation'],
  ['format', 'PropertyConstraintViolation'],
  ['constructor', 'FormationViolation'],
])('OCPP-J 1.6 §4.2.3: the keyword %s is spelled %s', (keyword, code) => {
  expect(errorCode(errorKindOfKeyword(keyword), '1.6')).toBe(code);
});

it.each([
  ['NotSupported', 'NotSupported'],
  ['ProtocolError', 'ProtocolError'],
  ['GenericError', 'GenericError'],
  ['OccurrenceConstraintViolation', 'OccurrenceConstraintViolation'],
  ['constructor', 'unlisted'],
])('the metrics count a received %s as %s', (code, label) => {
  expect(errorCodeLabel(code)).toBe(label);
});
