import type { Manifest } from '../../../connectors/contract.ts';
import type { Connection } from '../../../schemas/generated/types.ts';

export interface Rate {
  readonly requests: number;
  readonly windowMs: number;
}

/** Without a declared limit one request a second. */
const CAREFUL: Rate = { requests: 1, windowMs: 1_000 };

/** What the platform counts for one connection, by its tier where there is one. Less than one request a window is a longer window. */
export function connectionRate(manifest: Manifest, connection: Connection): Rate {
  const declared = manifest.limits.find(
    ({ scope, endpoint }) => scope === 'connection' && endpoint === undefined,
  );
  const { requests, windowMs } = declared ?? CAREFUL;
  const tier = declared?.byTier ? connection.requests_per_second : null;
  if (tier === null || !(tier > 0)) return { requests, windowMs };
  const perWindow = (tier * windowMs) / 1_000;
  return perWindow < 1
    ? { requests: 1, windowMs: Math.ceil(windowMs / perWindow) }
    : { requests: Math.floor(perWindow), windowMs };
}
