-- One counter per property: it orders all facts about it. The era stands in the bits from 40 on; 2^53 is the end of a JSON number.
CREATE TABLE property_counters (
  property_id UUID PRIMARY KEY REFERENCES properties(id) ON DELETE CASCADE,
  tenant_id UUID NOT NULL,
  sequence BIGINT NOT NULL
);

-- The row that is locked while a revision of the reservation is decided.
CREATE TABLE channel_reservations (
  platform_family TEXT NOT NULL,
  account_id TEXT NOT NULL,
  reservation_id TEXT NOT NULL,
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  channel_type TEXT NOT NULL,
  -- Null until the first revision is applied.
  status TEXT,
  -- Order of the newest applied revision: time at the channel (ms), then rank of its status.
  newest_at BIGINT,
  newest_rank INT,
  -- Content hashes of the revisions applied at exactly this order. Any other applied revision is older and loses by its order.
  applied_hashes TEXT[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (platform_family, account_id, reservation_id)
);
-- Finds a reservation whose connection moved to another account.
CREATE INDEX channel_reservations_id ON channel_reservations (tenant_id, platform_family, reservation_id);

-- Room stays of a reservation as the channel last said them: the base of a later merge, and what finds the booking of a stay.
CREATE TABLE reservation_stays (
  platform_family TEXT NOT NULL,
  account_id TEXT NOT NULL,
  reservation_id TEXT NOT NULL,
  room_stay TEXT NOT NULL,
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  booking_id UUID NOT NULL UNIQUE,
  channel_booking_id TEXT NOT NULL,
  -- Null: the room belongs to no connection of the tenant.
  connection_id UUID,
  property_id UUID,
  listing TEXT NOT NULL,
  room_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('held', 'requested', 'released', 'unmapped')),
  check_in DATE NOT NULL,
  check_out DATE NOT NULL,
  revised_at BIGINT NOT NULL,
  PRIMARY KEY (platform_family, account_id, reservation_id, room_stay),
  FOREIGN KEY (platform_family, account_id, reservation_id) REFERENCES channel_reservations ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX reservation_stays_property ON reservation_stays (property_id);
CREATE INDEX reservation_stays_tenant ON reservation_stays (tenant_id);

-- Bookings of channels that came second. A booking is here or in `bookings`, never in both.
CREATE TABLE booking_conflicts (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
  connection_id UUID NOT NULL,
  reservation_id TEXT NOT NULL,
  room_stay TEXT NOT NULL,
  revised_at BIGINT NOT NULL,
  -- The booking that held the nights when the conflict was found.
  winner_id UUID,
  detected_at TIMESTAMPTZ NOT NULL,
  -- The columns of `bookings`, for the promotion.
  source TEXT NOT NULL,
  channel_booking_id TEXT,
  channel_guest_id TEXT,
  channel_data JSONB,
  status TEXT NOT NULL,
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
  CHECK (check_out > check_in)
);
CREATE INDEX booking_conflicts_property ON booking_conflicts (property_id, detected_at);
CREATE INDEX booking_conflicts_tenant ON booking_conflicts (tenant_id);

-- Blocks with an id: pending requests, holds, accepted held nights.
CREATE TABLE calendar_blocks (
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID NOT NULL REFERENCES properties(id) ON DELETE CASCADE,
  block_id TEXT NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  expires_at TIMESTAMPTZ,
  reason TEXT,
  PRIMARY KEY (property_id, block_id),
  CHECK (end_date > start_date)
);
CREATE INDEX calendar_blocks_tenant ON calendar_blocks (tenant_id);

-- Deliveries that were acknowledged: an id is acknowledged once, however often its message is replayed.
CREATE TABLE acknowledged_deliveries (
  delivery_id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  acknowledged_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX acknowledged_deliveries_tenant ON acknowledged_deliveries (tenant_id);

CREATE TABLE alerts (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  connection_id UUID,
  property_id UUID,
  code TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  message TEXT NOT NULL,
  context JSONB NOT NULL DEFAULT '{}'::jsonb,
  raised_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX alerts_tenant ON alerts (tenant_id, raised_at DESC);
