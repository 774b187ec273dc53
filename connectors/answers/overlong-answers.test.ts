import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import { airbnbConnector } from '../airbnb/index.ts';
import { bookingConnector } from '../booking_com/index.ts';
import type { Change, Connector } from '../contract.ts';
import { expediaConnector } from '../expedia/index.ts';
import { googleConnector } from '../google/index.ts';
import { contextOf } from '../testing/calendar.ts';
import { testConnection } from '../testing/connections.ts';

const TODAY = '2026-11-01' as PlainDate;
/** What delivery lets in for an answer to a write. */
const LENGTH = 2 * 1_024 * 1_024;
/** Time of the processor, ms: other tests may be at work. */
const spent = () => process.cpuUsage().user / 1_000;

function planned(connector: Connector, connection: Connection, nights: number) {
  const changes: Change[] = Array.from({ length: nights }, (_, day) => ({
    night: addDays(TODAY, day),
    field: 'price',
    ratePlanId: connection.rate_plans[0]!.rate_plan_id,
    value: 10_000 + day,
  }));
  const [request] = connector.plan(connection, changes, contextOf(TODAY, 'EUR')).requests;
  return request!;
}

function filled(unit: (night: PlainDate) => string, head: string, tail: string, gap = ''): string {
  const units = Array.from({ length: 300 }, (_, day) => unit(addDays(TODAY, day)));
  const block = units.join(gap);
  const blocks = Math.ceil(LENGTH / block.length);
  return head + Array.from({ length: blocks }, () => block).join(gap) + tail;
}

interface Case {
  readonly connector: Connector;
  readonly connection: Connection;
  readonly status: number;
  body(night: (night: PlainDate) => string): string;
}

const CASES: Readonly<Record<string, Case>> = {
  airbnb: {
    connector: airbnbConnector,
    connection: testConnection('airbnb', '1001', null, ['standard']),
    status: 400,
    body: (words) =>
      filled(
        (night) => `{"error_reason":"daily_price","error_message":"price (${words(night)})"}`,
        '{"error_details":[',
        ']}',
        ',',
      ),
  },
  booking_com: {
    connector: bookingConnector,
    connection: testConnection('booking_com', '500', '50001', ['500011']),
    status: 400,
    body: (words) =>
      filled(
        (night) =>
          `<error><code>PRICE_INVALID</code><message>Price (rate '500011', date '${words(night)}')</message></error>`,
        '<availability><errors>',
        '</errors></availability>',
      ),
  },
  expedia: {
    connector: expediaConnector,
    connection: testConnection('expedia', '500', '5001', ['50011']),
    status: 200,
    body: (words) =>
      filled(
        (night) =>
          `<Warning code="7013">[Room Type ID 5001; Rate Plan ID 50011; Stay Date ${words(night)}] costs</Warning>`,
        '<AvailRateUpdateRS><Success>',
        '</Success></AvailRateUpdateRS>',
      ),
  },
  google: {
    connector: googleConnector,
    connection: testConnection('google', 'h1', null, ['flexible']),
    status: 200,
    body: (words) =>
      filled(
        (night) => `<Error Type="3" Code="320" ShortText="Price (${words(night)})"/>`,
        '<OTA_HotelRateAmountNotifRS><Errors>',
        '</Errors></OTA_HotelRateAmountNotifRS>',
      ),
  },
};

describe('an answer that is longer than any that means something', () => {
  it.each(Object.entries(CASES))(
    '%s: is read before the lease of the partition ends',
    (_name, { connector, connection, status, body }) => {
      const request = planned(connector, connection, 700);
      const words = [
        (night: PlainDate) => night,
        // Words that make a pattern look twice.
        (night: PlainDate) => `${night} ${'value 1 '.repeat(2_000)}`,
        () => '1'.repeat(100_000),
      ];
      for (const each of words) {
        const response = { status, headers: {}, body: body(each) };
        const since = spent();
        const outcome = connector.interpret(request, response);
        expect(spent() - since).toBeLessThan(1_500);
        // More problems than are read: some of them may have named anything.
        expect(outcome.kind).toBe('refused');
      }
    },
  );
});
