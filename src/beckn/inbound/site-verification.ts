/** The page by which ONDC verifies that a domain belongs to its subscriber. */
import { signText } from '../signing/signature.js';

export const SITE_VERIFICATION_PATH = '/ondc-site-verification.html';

/** @source ONDC onboarding: a meta element contains the signature over the plain request id. */
export function siteVerificationPage(requestId: string, secretKey: Uint8Array): string {
  const signature = signText(requestId, secretKey);
  return `<!doctype html><html><head><meta name="ondc-site-verification" content="${signature}"></head><body>ONDC site verification</body></html>`;
}
