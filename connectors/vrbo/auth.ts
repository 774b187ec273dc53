import type { IdentityAuthenticator } from '../authentication.ts';

/**
 * The platform logs in to us: client id and secret are the user and password of its crawler. A push hint, the only call of ours, carries the same [I]: it is
 * what both sides know.
 */
export const vrboAuthenticator: IdentityAuthenticator = {
  kind: 'identity',
  authorise: ({ clientId, clientSecret }) => {
    const login = Buffer.from(`${clientId ?? ''}:${clientSecret ?? ''}`).toString('base64');
    return { headers: { authorization: `Basic ${login}` } };
  },
};
