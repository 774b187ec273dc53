import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Environment } from '../../runtime/ports.ts';
import type { BookingId, PropertyId, TenantId } from '../../schemas/domain/ids.ts';
import { fromDecimal } from '../../schemas/domain/money.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { plainDate } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { Outbox, UnsequencedEvent } from '../../storage/ports/outbox.ts';
import { detailsOf, PROPERTY_DETAILS } from './property-details.ts';

const date = z.string().transform((text) => plainDate(text));
const nights = z.number().int().min(0).nullable().default(null);
const amount = z.union([z.string(), z.number()]).transform(String);

const FILE = z.strictObject({
  property_id: z.uuid(),
  name: z.string().default(''),
  time_zone: z.string(),
  currency: z.string().length(3),
  max_guests: z.number().int().min(1).default(1),
  ...PROPERTY_DETAILS,
  first_date: date,
  bookings: z
    .array(z.strictObject({ booking_id: z.string().min(1), check_in: date, check_out: date }))
    .default([]),
  blocks: z.array(z.strictObject({ start: date, end: date })).default([]),
  prices: z.array(z.strictObject({ start: date, end: date, amount })).default([]),
  restrictions: z
    .array(
      z.strictObject({
        start: date,
        end: date,
        min_stay_arrival: nights,
        min_stay_through: nights,
        max_stay: nights,
        closed_to_arrival: z.boolean().default(false),
        closed_to_departure: z.boolean().default(false),
      }),
    )
    .default([]),
});

/**
 * Publishes one property from a JSON file (docs/import.md): the property itself and its snapshot.
 * @throws ParityError EVENT_VALUE_INVALID naming every problem of the file; EVENT_DATES_INVALID for what is no date.
 */
export async function importFile(
  outbox: Outbox,
  tenantId: TenantId,
  path: string,
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
): Promise<{ propertyId: PropertyId; sequences: readonly number[] }> {
  const home = parseHome(await readFile(path, 'utf8'), path);
  const propertyId = home.property_id as PropertyId;
  const common = {
    tenant_id: tenantId,
    property_id: propertyId,
    occurred_at: clock.now(),
    origin: null,
  };
  const events: UnsequencedEvent[] = [
    {
      ...common,
      event_id: random.uuid(),
      event_type: 'property.updated',
      payload: {
        'parity.pms.PropertyUpdated': {
          property_id: propertyId,
          name: home.name,
          time_zone: home.time_zone,
          currency: home.currency,
          max_guests: home.max_guests,
          ...detailsOf(home, home.currency),
        },
      },
    },
    {
      ...common,
      event_id: random.uuid(),
      event_type: 'calendar.snapshot',
      payload: { 'parity.pms.CalendarSnapshot': snapshotOf(home, propertyId) },
    },
  ];
  return { propertyId, sequences: await outbox.appendEvents(tenantId, events) };
}

type Home = z.output<typeof FILE>;

function parseHome(text: string, path: string): Home {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ParityError('EVENT_VALUE_INVALID', `${path} is not JSON`, { cause });
  }
  const parsed = FILE.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`,
  );
  throw new ParityError('EVENT_VALUE_INVALID', `${path}: ${problems.join('; ')}`);
}

function snapshotOf(home: Home, propertyId: PropertyId) {
  return {
    property_id: propertyId,
    first_date: home.first_date as PlainDate,
    currency: home.currency,
    bookings: home.bookings.map((booking) => ({
      ...booking,
      booking_id: booking.booking_id as BookingId,
      origin: null,
    })),
    blocks: home.blocks.map((block) => ({ ...block, block_id: null, expires_at: null })),
    prices: home.prices.map((price) => ({
      ...price,
      amount: fromDecimal(price.amount, home.currency).amount,
    })),
    restrictions: home.restrictions.map(({ start, end, ...restrictions }) => ({
      start,
      end,
      restrictions,
    })),
  };
}
