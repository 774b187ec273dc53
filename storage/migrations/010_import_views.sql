-- What `parity import` reads. Defaults over the tables of the first migrations; PMS-Core replaces a view to import from its own. Columns
-- and their order are fixed, and security_invoker keeps row-level security in force.

CREATE VIEW parity_import_properties WITH (security_invoker = true) AS
  SELECT id AS property_id, tenant_id, name, time_zone, currency::text AS currency, max_guests, address, fees, taxes, landing_url
  FROM properties;

-- Every booking that holds nights, conflicts included. For bookings of a channel: their origin and the nights that the channel holds.
CREATE VIEW parity_import_bookings WITH (security_invoker = true) AS
  SELECT b.property_id, b.tenant_id, b.id::text AS booking_id, b.check_in, b.check_out, s.connection_id, s.reservation_id, s.room_stay,
    s.revised_at, s.check_in AS channel_check_in, s.check_out AS channel_check_out
  FROM bookings b LEFT JOIN reservation_stays s ON s.booking_id = b.id AND s.state = 'held' AND s.property_id = b.property_id
  WHERE parity_holds_nights(b.status)
  UNION ALL
  SELECT c.property_id, c.tenant_id, c.id::text, c.check_in, c.check_out, c.connection_id, c.reservation_id, c.room_stay, c.revised_at,
    c.check_in, c.check_out
  FROM booking_conflicts c;

-- Bookings that the PMS gave up and whose channel still holds them: they await their channel, and no snapshot may free their nights.
CREATE VIEW parity_import_awaiting WITH (security_invoker = true) AS
  SELECT s.property_id, s.tenant_id, s.booking_id::text AS booking_id, s.check_in, s.check_out, s.connection_id, s.reservation_id,
    s.room_stay, s.revised_at
  FROM reservation_stays s
  WHERE s.state = 'held' AND s.property_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM bookings b WHERE b.id = s.booking_id AND parity_holds_nights(b.status) AND b.property_id = s.property_id)
    AND NOT EXISTS (SELECT FROM booking_conflicts c WHERE c.id = s.booking_id);

-- block_id null: manual blocks, which are per night.
CREATE VIEW parity_import_blocks WITH (security_invoker = true) AS
  SELECT property_id, tenant_id, night AS start_date, night + 1 AS end_date, NULL::text AS block_id, NULL::timestamptz AS expires_at,
    NULL::text AS reason
  FROM pms_blocks
  UNION ALL
  SELECT property_id, tenant_id, start_date, end_date, block_id, expires_at, reason FROM calendar_blocks;

CREATE VIEW parity_import_prices WITH (security_invoker = true) AS
  SELECT property_id, tenant_id, night AS start_date, night + 1 AS end_date, currency::text AS currency, amount_minor
  FROM pms_nightly_prices;

CREATE VIEW parity_import_restrictions WITH (security_invoker = true) AS
  SELECT property_id, tenant_id, night AS start_date, night + 1 AS end_date, min_stay_arrival, min_stay_through, max_stay,
    closed_to_arrival, closed_to_departure
  FROM pms_nightly_restrictions;

GRANT SELECT ON parity_import_properties, parity_import_bookings, parity_import_awaiting, parity_import_blocks, parity_import_prices,
  parity_import_restrictions TO parity_app;
