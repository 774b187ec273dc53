-- Who may raise it: an operator, after a restore of the database from a backup. Sequences and row versions handed out from then on are
-- higher than any that the log may hold from the lost time.
CREATE TABLE sequence_era (
  one_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (one_row),
  era BIGINT NOT NULL DEFAULT 0 CHECK (era BETWEEN 0 AND 8000)
);
INSERT INTO sequence_era DEFAULT VALUES;

-- Identities at a platform and their tokens. Without a tenant: one of ours, shared by all tenants.
CREATE TABLE credentials (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id UUID REFERENCES tenants(id) ON DELETE CASCADE,
  channel_type TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('oauth_refresh', 'token_exchange')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'expired')),
  -- Fernet tokens.
  client_id_encrypted TEXT,
  client_secret_encrypted TEXT,
  access_token_encrypted TEXT,
  refresh_token_encrypted TEXT,
  token_expires_at TIMESTAMPTZ,
  -- Raised with every new token.
  token_version BIGINT NOT NULL DEFAULT 0,
  refreshed_at TIMESTAMPTZ,
  -- One refresh at a time over all processes; it ends by itself when its process dies.
  refresh_lease UUID,
  refresh_lease_until TIMESTAMPTZ
);
CREATE INDEX credentials_tenant ON credentials (tenant_id);

-- Every token request, written before it leaves: platforms count them over a window.
CREATE TABLE token_requests (
  id UUID PRIMARY KEY,
  credential_id UUID NOT NULL REFERENCES credentials(id) ON DELETE CASCADE,
  requested_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  answered_at TIMESTAMPTZ
);
CREATE INDEX token_requests_window ON token_requests (credential_id, requested_at);

-- What Parity knows of a connection beyond the specification's columns.
CREATE TABLE connection_details (
  connection_id UUID PRIMARY KEY REFERENCES channel_connections(id) ON DELETE CASCADE,
  tenant_id UUID NOT NULL,
  -- Refines the status `pending`; without meaning in any other.
  phase TEXT NOT NULL DEFAULT 'pending' CHECK (phase IN ('pending', 'importing', 'preview')),
  incarnation BIGINT NOT NULL DEFAULT 1,
  row_version BIGINT NOT NULL DEFAULT 1,
  account_id TEXT NOT NULL,
  platform_family TEXT NOT NULL,
  room_id TEXT,
  -- Since when the connection names this listing and room, ms; 0: it never named another.
  listing_since BIGINT NOT NULL DEFAULT 0,
  currency CHAR(3),
  -- [{"rate_plan_id": …, "adjustment": null | {"kind": "percentage"|"fixed", "hundredths": …}}]; a missing adjustment is the connection's.
  rate_plans JSONB NOT NULL DEFAULT '[]'::jsonb,
  requests_per_second INT CHECK (requests_per_second > 0),
  credential_id UUID REFERENCES credentials(id),
  -- Copies of the specification's columns, kept by trigger, so that one index can span both tables.
  listing TEXT NOT NULL,
  channel_account_id TEXT,
  claims_listing BOOLEAN NOT NULL DEFAULT true,
  -- Raised when the row of channel_connections changed.
  source_version BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX connection_details_tenant ON connection_details (tenant_id);
CREATE INDEX connection_details_account ON connection_details (account_id);
CREATE INDEX connection_details_credential ON connection_details (credential_id);
-- One listing and room of a platform belongs to one connection, over all tenants.
CREATE UNIQUE INDEX connection_details_claim ON connection_details
  (platform_family, coalesce(channel_account_id, ''), listing, coalesce(room_id, '')) WHERE claims_listing;

-- Never deleted: row_version must only rise.
CREATE TABLE channel_accounts (
  account_id TEXT PRIMARY KEY,
  tenant_id UUID NOT NULL,
  channel_type TEXT NOT NULL,
  channel_account_id TEXT,
  row_version BIGINT NOT NULL DEFAULT 0,
  published JSONB
);
CREATE INDEX channel_accounts_tenant ON channel_accounts (tenant_id);

CREATE TABLE tenant_settings (
  tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
  -- IANA name; null: that of each property.
  time_zone TEXT,
  -- A pending request to book closes the other channels.
  requests_close_channels BOOLEAN NOT NULL DEFAULT true
);
