import { ParityError } from '../../schemas/errors.ts';
import type { IdentityAuthenticator } from '../authentication.ts';
import { escapeXml } from '../notation/xml.ts';
import { EMPTY_PARTNER, EMPTY_REQUESTOR } from './wire.ts';

/**
 * No token and no header: Google knows us by the address we call from, which it has listed, and by the partner key inside the message. The
 * key is the `clientId` of the credential. The codec leaves its place empty, so a planned request, a log and a golden file never hold it.
 * Source: developers.google.com/hotels, "Push ARI" and the XML reference of each message.
 */
export const googleAuthenticator: IdentityAuthenticator = {
  kind: 'identity',
  authorise({ clientId }) {
    if (clientId === null || clientId === '')
      throw new ParityError('CREDENTIAL_MISSING', 'the credential has no partner key');
    return { headers: {}, sign: (body) => withPartnerKey(body, clientId) };
  },
};

/** Fills the first empty place only: text of a property is escaped and cannot look like one. */
function withPartnerKey(body: string, partnerKey: string): string {
  const key = escapeXml(partnerKey);
  return body
    .replace(EMPTY_REQUESTOR, () => `<RequestorID ID="${key}"/>`)
    .replace(EMPTY_PARTNER, () => ` partner="${key}"`);
}
