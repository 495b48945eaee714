/** Every rule, in the order of the report. */
import type { Rule } from './rule.js';
import { ANSWER_RULES } from './rules-answers.js';
import { CONTEXT_RULES } from './rules-context.js';
import { JOURNEY_RULES } from './rules-journey.js';
import { ODDITY_RULES } from './rules-oddities.js';
import { SIGNATURE_RULES } from './rules-signature.js';

export const RULES: readonly Rule[] = [
  ...SIGNATURE_RULES,
  ...CONTEXT_RULES,
  ...JOURNEY_RULES,
  ...ANSWER_RULES,
  ...ODDITY_RULES,
];
