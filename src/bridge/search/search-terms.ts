/** The words of a search that say something. */

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

/** Each word once: a text of one letter said a hundred times costs no more than the letter. */
export function searchTermsOf(text: string | undefined): string[] {
  return [...new Set(text?.toLowerCase().split(/\s+/))].filter((word) => word !== '' && !STOP_WORDS.has(word));
}
