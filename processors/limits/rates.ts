import type { LimitDeclaration, Manifest } from '../../connectors/contract.ts';
import type { Connection } from '../../schemas/generated/types.ts';

export interface Rate {
  readonly requests: number;
  readonly windowMs: number;
}

/** What is sent without a declared limit: for a connection, and for an account. */
const CAREFUL_CONNECTION: Omit<LimitDeclaration, 'scope'> = { requests: 1, windowMs: 1_000 };
const CAREFUL_ACCOUNT: Rate = { requests: 2, windowMs: 1_000 };

/**
 * What delivery may send for one connection: the platform's limit, by its tier where there is one, less the share of the inbound calls.
 * Less than one request a window is a longer window.
 */
export function connectionRate(manifest: Manifest, connection: Connection): Rate {
  const declared = manifest.limits.find(
    ({ scope, endpoint }) => scope === 'connection' && endpoint === undefined,
  );
  const { requests, windowMs, byTier, inboundShare } = declared ?? CAREFUL_CONNECTION;
  const tier = byTier ? connection.requests_per_second : null;
  if (tier === null || !(tier > 0)) return { requests: requests - (inboundShare ?? 0), windowMs };
  const perWindow = (tier * windowMs) / 1_000;
  return perWindow < 1
    ? { requests: 1, windowMs: Math.ceil(windowMs / perWindow) }
    : { requests: Math.floor(perWindow), windowMs };
}

/**
 * What the calls of an account may add up to. Where they count for a listing, all of them may be about the same one, so together they
 * have no more than its share.
 */
export function accountRate({ limits }: Manifest): Rate {
  for (const { scope, endpoint, inboundShare, requests, windowMs } of limits) {
    if (inboundShare !== undefined) return { requests: inboundShare, windowMs };
    if (scope === 'account' && endpoint === undefined) return { requests, windowMs };
  }
  return CAREFUL_ACCOUNT;
}
