import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { NewCredential } from '../../storage/ports/credentials.ts';

/** An identity of ours at a platform, for all tenants. */
export function ourIdentity(
  channel: ChannelType,
  id: string,
  kind: NewCredential['kind'],
  clientId: string,
  clientSecret: string | null,
): NewCredential {
  const tokens = { accessToken: null, refreshToken: null, expiresAt: null };
  return { id, tenantId: null, channel, kind, clientId, clientSecret, ...tokens };
}
