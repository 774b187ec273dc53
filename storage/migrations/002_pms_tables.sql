-- Tables of PMS-Core, in the minimal form that Parity assumes (docs/pms-tables.md). Each is made only where PMS-Core has not made it, and
-- only then is row-level security forced on it: the owner of a table decides about its own.
DO $$
BEGIN
  IF to_regclass('public.tenants') IS NULL THEN
    CREATE TABLE tenants (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      name TEXT NOT NULL
    );
    ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
    ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
  END IF;

  IF to_regclass('public.properties') IS NULL THEN
    CREATE TABLE properties (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      time_zone TEXT NOT NULL DEFAULT 'UTC',
      currency CHAR(3) NOT NULL DEFAULT 'EUR',
      max_guests INT NOT NULL DEFAULT 2,
      address JSONB,
      fees JSONB NOT NULL DEFAULT '[]'::jsonb,
      taxes JSONB NOT NULL DEFAULT '[]'::jsonb,
      landing_url TEXT
    );
    CREATE INDEX properties_tenant ON properties (tenant_id);
    ALTER TABLE properties ENABLE ROW LEVEL SECURITY;
    ALTER TABLE properties FORCE ROW LEVEL SECURITY;
  END IF;

  IF to_regclass('public.bookings') IS NULL THEN
    CREATE TABLE bookings (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
      property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
      source TEXT NOT NULL CONSTRAINT bookings_source_check CHECK (
        source IN ('direct', 'airbnb', 'booking_com', 'expedia', 'fewo_direkt', 'vrbo', 'google', 'other')
      ),
      channel_booking_id TEXT,
      channel_guest_id TEXT,
      channel_data JSONB DEFAULT '{}'::jsonb,
      status TEXT NOT NULL DEFAULT 'confirmed' CHECK (
        status IN ('pending', 'confirmed', 'checked_in', 'checked_out', 'no_show', 'cancelled')
      ),
      check_in DATE NOT NULL,
      check_out DATE NOT NULL,
      guest_first_name TEXT,
      guest_last_name TEXT,
      guest_email TEXT,
      guest_phone TEXT,
      guest_country TEXT,
      adults INT NOT NULL DEFAULT 0,
      children INT NOT NULL DEFAULT 0,
      currency CHAR(3),
      total_minor BIGINT,
      payment_kind TEXT NOT NULL DEFAULT 'unknown',
      special_requests TEXT,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      CHECK (check_out > check_in),
      -- The last line of defence against a double booking; the overlap check runs before it. Deferred, so that two stays of one
      -- transaction may swap their nights.
      CONSTRAINT bookings_no_overlap EXCLUDE USING gist (
        property_id WITH =, daterange(check_in, check_out) WITH &&
      ) WHERE (status IN ('confirmed', 'checked_in', 'checked_out', 'no_show')) DEFERRABLE INITIALLY DEFERRED
    );
    CREATE INDEX bookings_property ON bookings (property_id, check_out);
    ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
    ALTER TABLE bookings FORCE ROW LEVEL SECURITY;
  END IF;
END $$;

-- Two defects of the specification. NULLS NOT DISTINCT over (source, channel_booking_id) would allow a single direct booking in the whole
-- table, and the check of `source` lacks vrbo. The tenant is part of the key: one tenant's row must never stop another's import.
ALTER TABLE bookings DROP CONSTRAINT IF EXISTS check_channel_id;
CREATE UNIQUE INDEX IF NOT EXISTS bookings_channel_booking
  ON bookings (tenant_id, source, channel_booking_id) WHERE channel_booking_id IS NOT NULL;
ALTER TABLE bookings DROP CONSTRAINT IF EXISTS bookings_source_check;
ALTER TABLE bookings ADD CONSTRAINT bookings_source_check CHECK (
  source IN ('direct', 'airbnb', 'booking_com', 'expedia', 'fewo_direkt', 'vrbo', 'google', 'other')
);

-- Whether a booking of this status holds its nights. PMS-Core may replace it where it knows other words.
CREATE FUNCTION parity_holds_nights(status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT status IN ('confirmed', 'checked_in', 'checked_out', 'no_show')
$$;

-- What a PMS without tables of its own needs for blocks, prices and restrictions. The import views read them; PMS-Core may point the
-- views at its own instead.
CREATE TABLE IF NOT EXISTS pms_blocks (
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
  night DATE NOT NULL,
  PRIMARY KEY (property_id, night)
);

CREATE TABLE IF NOT EXISTS pms_nightly_prices (
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
  night DATE NOT NULL,
  currency CHAR(3) NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
  PRIMARY KEY (property_id, night)
);

CREATE TABLE IF NOT EXISTS pms_nightly_restrictions (
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
  night DATE NOT NULL,
  min_stay_arrival INT,
  min_stay_through INT,
  max_stay INT,
  closed_to_arrival BOOLEAN NOT NULL DEFAULT false,
  closed_to_departure BOOLEAN NOT NULL DEFAULT false,
  PRIMARY KEY (property_id, night)
);
