/** Splits the text of a search into its significant words. */

const STOP_WORDS = new Set([
  'charging',
  'charger',
  'chargers',
  'station',
  'stations',
  'ev',
  'for',
  'in',
  'near',
  'at',
  'the',
]);

/** Each word occurs once, so that a text that repeats one word a hundred times costs no more than the word. */
export function searchTermsOf(text: string | undefined): string[] {
  return [...new Set(text?.toLowerCase().split(/\s+/))].filter((word) => word !== '' && !STOP_WORDS.has(word));
}
