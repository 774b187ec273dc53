import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { Authorisation } from '../authentication.ts';
import { type Call, type Interceptor, notSent } from './exchange.ts';

/** Where the authorisation of a credential comes from; `accounts/` keeps, renews and counts the tokens behind it. */
export interface CredentialSource {
  /**
   * What authorises a call now, a token renewed first if need be.
   * @throws ParityError CREDENTIAL_MISSING, CREDENTIAL_EXPIRED, or the code of a token endpoint that failed
   */
  authorisationFor(credentialId: string): Promise<Authorisation>;
  /** The platform answered 401 to it: the next `authorisationFor` must not give it again. */
  refused(credentialId: string, authorisation: Authorisation): Promise<void> | void;
}

/** Adds authorisation. After a 401 the token is given up; sending again is the caller's business, who has the slots. */
export function authorise(credentials: CredentialSource): Interceptor {
  return (next) => async (call) => {
    const { credentialId, unsigned } = call.options;
    if (unsigned) return next(call);
    if (credentialId === null)
      return notSent('unauthorized', 'CREDENTIAL_MISSING', 'there is no credential to sign with');
    let authorisation: Authorisation;
    try {
      authorisation = await credentials.authorisationFor(credentialId);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !(error instanceof ParityError)) throw error;
      return notSent('unauthorized', code, error.message);
    }
    const result = await next(signed(call, authorisation));
    if (result.kind === 'response' && result.response.status === 401) {
      await credentials.refused(credentialId, authorisation);
    }
    return result;
  };
}

function signed(call: Call, { headers, sign }: Authorisation): Call {
  const { request } = call;
  const body = sign && request.body !== null ? sign(request.body) : request.body;
  return { ...call, headers: { ...call.headers, ...headers }, request: { ...request, body } };
}
