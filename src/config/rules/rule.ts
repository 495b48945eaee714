import type { Settings } from '../settings-file.js';

/** Answers one sentence, or several, for each contradiction that it finds in the settings; nothing when there is none. */
export type Rule = (settings: Settings) => string | readonly string[] | undefined;
