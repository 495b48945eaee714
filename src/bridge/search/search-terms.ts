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

/** Returns each word once, so that repeated words do not slow a search down. */
export function searchTermsOf(text: string | undefined): string[] {
  return [...new Set(text?.toLowerCase().split(/\s+/))].filter((word) => word !== '' && !STOP_WORDS.has(word));
}
