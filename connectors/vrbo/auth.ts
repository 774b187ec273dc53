import type { IdentityAuthenticator } from '../authentication.ts';

/** The platform logs in to us: client id and secret are the user and password of its crawler. No call of ours carries them. */
export const vrboAuthenticator: IdentityAuthenticator = {
  kind: 'identity',
  authorise: () => ({ headers: {} }),
};
