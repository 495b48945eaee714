/** Formats amounts of money for people. */

/**
 * Formats an amount with the sign of its currency.
 * @param currency An ISO 4217 code.
 * @param amount As written in the message.
 * @returns For example `₹359.84` or `€0.19`, or `CHF 5.00` if the currency has no sign.
 */
export function priceText(currency: string, amount: string): string {
  const sign = signOf(currency);
  return /^[A-Z]{3}$/.test(sign) ? `${sign} ${amount}` : `${sign}${amount}`;
}

function signOf(currency: string): string {
  if (!/^[A-Za-z]{3}$/.test(currency)) return currency;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  return format.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency;
}
