/** The page by which ONDC sees that a domain is its subscriber's. */
import { signText } from '../signing/signature.js';

export const SITE_VERIFICATION_PATH = '/ondc-site-verification.html';

/** @source ONDC onboarding: the request id, signed as it is, in a meta element. */
export function siteVerificationPage(requestId: string, secretKey: Uint8Array): string {
  const signed = signText(requestId, secretKey);
  return `<!doctype html><html><head><meta name="ondc-site-verification" content="${signed}"></head><body>ONDC site verification</body></html>`;
}
