import { createHash, timingSafeEqual } from 'node:crypto';

/** What a caller logs in with. */
export interface Login {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Stands in for a credential that there is not, so that looking for one takes as long. No request can match it: its secret is no text. */
const NOBODY: Login = { clientId: '\ud800', clientSecret: '\ud800' };

/**
 * Whether a header `Authorization: Basic …` (RFC 7617, UTF-8) carries this login. The time does not tell what was wrong with it.
 * @param known null: there is no such credential
 */
export function isLogin(header: string | undefined, known: Login | null): boolean {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const { clientId, clientSecret } = known ?? NOBODY;
  const sameId = isEqual(colon < 0 ? '' : text.slice(0, colon), clientId);
  const sameSecret = isEqual(colon < 0 ? '' : text.slice(colon + 1), clientSecret);
  return known !== null && clientSecret !== '' && sameId && sameSecret;
}

function isEqual(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
