CREATE FUNCTION parity_first_of_era() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (era << 40) + 1 FROM sequence_era
$$;

-- The next sequence of a property. It locks the counter until the transaction ends, so that facts commit in their order.
-- PMS-Core calls it in the transaction that writes the fact.
CREATE FUNCTION parity_next_sequence(property uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tenant uuid;
  acting text := nullif(current_setting('parity.tenant_id', true), '');
  result bigint;
BEGIN
  SELECT tenant_id INTO tenant FROM properties WHERE id = property;
  IF tenant IS NULL OR (acting IS NOT NULL AND acting::uuid <> tenant) THEN
    RAISE EXCEPTION 'property % is unknown to this tenant', property USING ERRCODE = 'PT002';
  END IF;
  INSERT INTO property_counters AS c (property_id, tenant_id, sequence) VALUES (property, tenant, parity_first_of_era())
  ON CONFLICT (property_id) DO UPDATE SET sequence = greatest(c.sequence + 1, parity_first_of_era())
  RETURNING c.sequence INTO result;
  RETURN result;
END $$;

-- Frees of nights by PMS-Core itself: the oldest waiting booking that fits is promoted in the same transaction. Bookings of Parity's own
-- transactions are decided there (parity.writer), by the same rule.
CREATE FUNCTION parity_promote_conflicts(property uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  waiting booking_conflicts;
  promoted int := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM booking_conflicts WHERE property_id = property) THEN
    RETURN 0;
  END IF;
  PERFORM parity_next_sequence(property);
  FOR waiting IN SELECT * FROM booking_conflicts WHERE property_id = property ORDER BY detected_at, id LOOP
    CONTINUE WHEN EXISTS (
      SELECT FROM bookings b WHERE b.property_id = property AND parity_holds_nights(b.status)
        AND b.check_in < waiting.check_out AND b.check_out > waiting.check_in
    );
    DELETE FROM booking_conflicts WHERE id = waiting.id;
    INSERT INTO bookings (
      id, tenant_id, property_id, source, channel_booking_id, channel_guest_id, channel_data, status, check_in, check_out,
      guest_first_name, guest_last_name, guest_email, guest_phone, guest_country, adults, children, currency, total_minor,
      payment_kind, special_requests
    ) VALUES (
      waiting.id, waiting.tenant_id, waiting.property_id, waiting.source, waiting.channel_booking_id, waiting.channel_guest_id,
      waiting.channel_data, waiting.status, waiting.check_in, waiting.check_out, waiting.guest_first_name, waiting.guest_last_name,
      waiting.guest_email, waiting.guest_phone, waiting.guest_country, waiting.adults, waiting.children, waiting.currency,
      waiting.total_minor, waiting.payment_kind, waiting.special_requests
    );
    INSERT INTO outbox (tenant_id, topic, key, placement, payload) VALUES (
      waiting.tenant_id, 'pms.events', property, property,
      jsonb_build_object(
        'event_id', gen_random_uuid(), 'event_type', 'booking.confirmed', 'tenant_id', waiting.tenant_id, 'property_id', property,
        'sequence', parity_next_sequence(property), 'occurred_at', floor(extract(epoch FROM clock_timestamp()) * 1000),
        'origin', jsonb_build_object(
          'connection_id', waiting.connection_id, 'reservation_id', waiting.reservation_id, 'room_stay', waiting.room_stay,
          'revised_at', waiting.revised_at, 'channel_nights', NULL
        ),
        'payload', jsonb_build_object('parity.pms.BookingConfirmed', jsonb_build_object(
          'booking_id', waiting.id, 'property_id', property, 'check_in', waiting.check_in, 'check_out', waiting.check_out
        ))
      )
    );
    promoted := promoted + 1;
  END LOOP;
  RETURN promoted;
END $$;

CREATE FUNCTION parity_booking_freed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('parity.writer', true), '') <> 'parity' THEN
    PERFORM parity_promote_conflicts(OLD.property_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER parity_booking_moved AFTER UPDATE ON bookings FOR EACH ROW
  WHEN (parity_holds_nights(OLD.status) AND (
    NOT parity_holds_nights(NEW.status) OR NEW.property_id <> OLD.property_id OR NEW.check_in > OLD.check_in OR NEW.check_out < OLD.check_out
  )) EXECUTE FUNCTION parity_booking_freed();
CREATE TRIGGER parity_booking_deleted AFTER DELETE ON bookings FOR EACH ROW
  WHEN (parity_holds_nights(OLD.status)) EXECUTE FUNCTION parity_booking_freed();
