import { ParityError } from '../../schemas/errors.ts';
import type { IdentityAuthenticator } from '../authentication.ts';
import { xml } from '../notation/xml.ts';

/** Where the root element's start tag ends. */
const START_OF_ROOT = /^\s*(?:<\?xml[^>]*\?>)?\s*<[A-Za-z][^<>]*(?<!\/)>/;

/**
 * User and password of EQC stand in every message, as its first element, and in a Basic header: older interfaces read the one, newer ones
 * the other. `clientId` is the user. Source: Expedia developer portal, "Availability and Rates", request.
 */
export const expediaAuthenticator: IdentityAuthenticator = {
  kind: 'identity',
  authorise(credential) {
    const { clientId: username, clientSecret: password } = credential;
    if (!username || !password)
      throw new ParityError('CREDENTIAL_MISSING', 'the credential has no user and password');
    const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
    const identity = xml('Authentication', { username, password });
    return {
      headers: { authorization: `Basic ${basic}` },
      sign: (body) => {
        if (!START_OF_ROOT.test(body))
          throw new RangeError(
            'the body is no message of EQC: it has no root element with content',
          );
        return body.replace(START_OF_ROOT, (start) => start + identity);
      },
    };
  },
};
