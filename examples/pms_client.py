#!/usr/bin/env python3
"""PMS-Core in a hundred lines: produces to `pms.events` with librdkafka and fastavro.

Owns one property: describes it with sequence 1, sends a snapshot and counts on; a second run goes on with `--first-sequence 7`.
Needs only what `npm start -- --json` prints (a property of `spare`):

    python pms_client.py --brokers 127.0.0.1:9092 --registry http://127.0.0.1:8081/apis/ccompat/v7 \
        --tenant UUID --property UUID

`--partitioner murmur2_random` places keys as Kafka's own clients do, which is what Parity asks of producers. librdkafka's default
(CRC32) lands in other partitions; Parity moves such records to the right one, counts them and alerts.
"""

import argparse
import datetime as dt
import io
import json
import struct
import sys
import time
import urllib.parse
import urllib.request
import uuid

from confluent_kafka import Producer
from fastavro import parse_schema, schemaless_writer


class PmsEvents:
    """Counts the sequence of one property and writes its events, each durable before the next."""

    def __init__(self, brokers, registry, topic, tenant, property_id, partitioner, first_sequence):
        self.topic = topic
        self.tenant = tenant
        self.property_id = property_id
        self.sequence = first_sequence - 1
        subject = urllib.parse.quote(f"{topic}-value")
        with urllib.request.urlopen(f"{registry}/subjects/{subject}/versions/latest", timeout=30) as answer:
            registered = json.load(answer)
        self.schema_id = registered["id"]
        self.schema = parse_schema(json.loads(registered["schema"]))
        settings = {"bootstrap.servers": brokers, "acks": "all", "enable.idempotence": True}
        if partitioner != "default":
            settings["partitioner"] = partitioner
        self.producer = Producer(settings)

    def send(self, event_type, branch, payload):
        self.sequence += 1
        event = {
            "event_id": str(uuid.uuid4()),
            "event_type": event_type,
            "tenant_id": self.tenant,
            "property_id": self.property_id,
            "sequence": self.sequence,
            "occurred_at": int(time.time() * 1000),
            "origin": None,
            "payload": (f"parity.pms.{branch}", {"property_id": self.property_id, **payload}),
        }
        body = io.BytesIO()
        body.write(struct.pack(">bI", 0, self.schema_id))
        schemaless_writer(body, self.schema, event)
        failures = []
        self.producer.produce(
            self.topic,
            key=self.property_id,
            value=body.getvalue(),
            headers={"origin-ts": str(event["occurred_at"]), "tenant-id": self.tenant},
            on_delivery=lambda error, _message: failures.append(error) if error else None,
        )
        if self.producer.flush(30) > 0 or failures:
            raise SystemExit(f"{event_type} was not stored: {failures or 'no answer in 30 s'}")
        print(json.dumps({"sent": event_type, "sequence": self.sequence}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--registry", required=True, help="base URL of the Confluent API")
    parser.add_argument("--topic", default="pms.events")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--property", required=True)
    parser.add_argument("--partitioner", default="murmur2_random", help="a librdkafka partitioner, or 'default'")
    parser.add_argument("--first-sequence", type=int, default=1, help="go on counting here when the property has events already")
    parser.add_argument("--first-date", default=dt.date.today().isoformat())
    options = parser.parse_args()

    first = dt.date.fromisoformat(options.first_date)
    day = lambda days: first + dt.timedelta(days=days)
    span = lambda start, end: {"start": day(start), "end": day(end)}
    pms = PmsEvents(options.brokers, options.registry, options.topic, options.tenant, options.property, options.partitioner, options.first_sequence)
    pms.send("property.updated", "PropertyUpdated", {
        "name": "Haus am See", "time_zone": "Europe/Berlin", "currency": "EUR", "max_guests": 4,
        "address": None, "fees": [], "taxes": [], "landing_url": None,
    })
    pms.send("calendar.snapshot", "CalendarSnapshot", {
        "first_date": first, "currency": "EUR", "bookings": [], "blocks": [],
        "prices": [{**span(0, 365), "amount": 14000}], "restrictions": [],
    })
    pms.send("booking.confirmed", "BookingConfirmed", {"booking_id": "py-1", "check_in": day(20), "check_out": day(23)})
    pms.send("pricing.updated", "PricingUpdated", {
        "date_range": span(30, 33), "currency": "EUR", "new_prices": [{**span(30, 33), "amount": 18050}],
    })
    pms.send("booking.confirmed", "BookingConfirmed", {"booking_id": "py-2", "check_in": day(40), "check_out": day(42)})
    pms.send("booking.cancelled", "BookingCancelled", {"booking_id": "py-2", "check_in": day(40), "check_out": day(42)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
