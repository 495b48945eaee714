/** Lists all rules of a dialect in the order of the report. */
import type { Dialect } from '../../dialects/dialect.js';
import { ANSWER_RULES } from './callback-answers.js';
import { CONTEXT_RULES } from './context.js';
import { JOURNEY_RULES } from './journey.js';
import { inDialect, type Rule } from './rule.js';
import { SIGNATURE_RULES } from './signature.js';
import { TOLERANCE_RULES } from './tolerance.js';

const TEMPLATES = [...SIGNATURE_RULES, ...CONTEXT_RULES, ...JOURNEY_RULES, ...ANSWER_RULES, ...TOLERANCE_RULES];

/** Returns all rules, even those of profiles that the dialect does not have; `judgeRun` leaves the latter out. */
export const rulesOf = (dialect: Dialect): Rule[] => inDialect(TEMPLATES, dialect);
