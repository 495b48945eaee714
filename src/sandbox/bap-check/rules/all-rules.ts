/** Lists all rules in the order of the report. */
import { ANSWER_RULES } from './callback-answers.js';
import { CONTEXT_RULES } from './context.js';
import { JOURNEY_RULES } from './journey.js';
import type { Rule } from './rule.js';
import { SIGNATURE_RULES } from './signature.js';
import { TOLERANCE_RULES } from './tolerance.js';

export const ALL_RULES: readonly Rule[] = [
  ...SIGNATURE_RULES,
  ...CONTEXT_RULES,
  ...JOURNEY_RULES,
  ...ANSWER_RULES,
  ...TOLERANCE_RULES,
];
