import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { AuthHeaders } from '../authentication.ts';
import { type Interceptor, notSent } from './exchange.ts';

/** Where the headers of a credential come from; `accounts/` keeps, renews and counts the tokens behind it. */
export interface CredentialHeaders {
  /**
   * Headers of a valid token, renewed first if need be.
   * @throws ParityError CREDENTIAL_MISSING, CREDENTIAL_EXPIRED, or the code of a token endpoint that failed
   */
  headersFor(credentialId: string): Promise<AuthHeaders>;
  /** The platform answered 401 to these headers: the next `headersFor` must not give them again. */
  refused(credentialId: string, headers: AuthHeaders): Promise<void> | void;
}

/** Adds authorisation. After a 401 the token is given up; sending again is the caller's business, who has the slots. */
export function authorise(credentials: CredentialHeaders): Interceptor {
  return (next) => async (call) => {
    const { credentialId, unsigned } = call.options;
    if (unsigned) return next(call);
    if (credentialId === null)
      return notSent('unauthorized', 'CREDENTIAL_MISSING', 'there is no credential to sign with');
    let headers: AuthHeaders;
    try {
      headers = await credentials.headersFor(credentialId);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !(error instanceof ParityError)) throw error;
      return notSent('unauthorized', code, error.message);
    }
    const result = await next({ ...call, headers: { ...call.headers, ...headers } });
    if (result.kind === 'response' && result.response.status === 401) {
      await credentials.refused(credentialId, headers);
    }
    return result;
  };
}
