-- The specification's tables of the channel manager, unchanged in meaning.
DO $$
BEGIN
  IF to_regclass('public.channel_connections') IS NULL THEN
    CREATE TABLE channel_connections (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
      property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,

      channel_type TEXT NOT NULL CHECK (
        channel_type IN ('airbnb', 'booking_com', 'expedia', 'fewo_direkt', 'google', 'vrbo')
      ),

      access_token_encrypted TEXT,
      refresh_token_encrypted TEXT,
      token_expires_at TIMESTAMPTZ,

      channel_property_id TEXT NOT NULL,
      channel_account_id TEXT,
      channel_listing_url TEXT,

      sync_enabled BOOLEAN NOT NULL DEFAULT true,
      sync_direction TEXT NOT NULL DEFAULT 'bidirectional' CHECK (
        sync_direction IN ('bidirectional', 'inbound_only', 'outbound_only')
      ),
      sync_availability BOOLEAN DEFAULT true,
      sync_pricing BOOLEAN DEFAULT true,
      sync_bookings BOOLEAN DEFAULT true,

      price_adjustment_type TEXT,
      price_adjustment_value NUMERIC(10,2),

      last_sync_at TIMESTAMPTZ,
      last_successful_sync_at TIMESTAMPTZ,
      sync_frequency_minutes INT DEFAULT 15,

      status TEXT NOT NULL DEFAULT 'pending' CHECK (
        status IN ('pending', 'active', 'paused', 'error', 'disconnected', 'expired')
      ),
      error_message TEXT,
      error_count INT DEFAULT 0,
      last_error_at TIMESTAMPTZ,

      webhook_url TEXT,
      webhook_secret TEXT,

      UNIQUE (property_id, channel_type)
    );
    CREATE INDEX channel_connections_tenant ON channel_connections (tenant_id);
    ALTER TABLE channel_connections ENABLE ROW LEVEL SECURITY;
    ALTER TABLE channel_connections FORCE ROW LEVEL SECURITY;
  END IF;

  IF to_regclass('public.channel_sync_logs') IS NULL THEN
    CREATE TABLE channel_sync_logs (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      channel_connection_id UUID NOT NULL REFERENCES channel_connections(id) ON DELETE CASCADE,

      sync_type TEXT NOT NULL CHECK (
        sync_type IN (
          'booking_import', 'booking_export',
          'availability_import', 'availability_export',
          'price_import', 'price_export',
          'content_sync', 'webhook', 'full_sync'
        )
      ),

      direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),

      status TEXT NOT NULL CHECK (
        status IN ('started', 'success', 'partial_success', 'failure', 'skipped')
      ),

      records_processed INT DEFAULT 0,
      records_created INT DEFAULT 0,
      records_updated INT DEFAULT 0,
      records_failed INT DEFAULT 0,
      records_skipped INT DEFAULT 0,

      error_message TEXT,
      error_details JSONB,

      request_data JSONB,
      response_data JSONB,

      started_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
      completed_at TIMESTAMPTZ,
      duration_ms INT
    );
    ALTER TABLE channel_sync_logs ENABLE ROW LEVEL SECURITY;
    ALTER TABLE channel_sync_logs FORCE ROW LEVEL SECURITY;
  END IF;
END $$;

CREATE INDEX IF NOT EXISTS channel_sync_logs_connection ON channel_sync_logs (channel_connection_id, started_at DESC);
