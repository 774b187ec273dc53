import { describe, expect, it } from 'vitest';
import type { PlainDate } from '../schemas/domain/plain-date.ts';
import { bookingConnector } from './booking_com/index.ts';
import { googleAuthenticator } from './google/auth.ts';
import { googleConnector } from './google/index.ts';
import { overlayGoogle } from './google/overlay.ts';
import { contextOf, fullSync } from './testing/calendar.ts';
import { testConnection } from './testing/connections.ts';
import { HAS_OTA_SCHEMAS, NO_SCHEMAS, otaProblems } from './testing/ota-schemas.ts';

if (!HAS_OTA_SCHEMAS) console.warn(NO_SCHEMAS);

const today = '2026-11-01' as PlainDate;
const connection = testConnection('google', 'h1', null, ['flexible', 'saver']);
const changes = fullSync(googleConnector.manifest, connection, today, 330);
const context = contextOf(today, 'EUR', changes);
/** As it leaves, but for the `Type` of the requestor: OpenTravel wants it, Google's own type file does not have it. */
const asOta = (body: string | null) => {
  const secrets = { clientId: 'partner_key', clientSecret: null, refreshToken: null };
  const signed = googleAuthenticator.authorise(secrets).sign?.(body ?? '') ?? '';
  return signed.replace('<RequestorID ', '<RequestorID Type="10" ');
};
const planned = googleConnector.plan(connection, changes, context).requests;

describe.skipIf(!HAS_OTA_SCHEMAS)('messages by the schemas of OpenTravel', () => {
  it.each([
    ...planned,
    ...overlayGoogle(connection, changes, context).requests.filter(({ body }) =>
      body?.includes('"Overlay"'),
    ),
  ])('Google $endpoint, 330 nights (2017B)', ({ body }) => {
    expect(otaProblems(asOta(body), '2017B')).toEqual([]);
  });

  // 2017B wants more in `ResGlobalInfo` than an acknowledgement has to say. No `Version` is sent: the documented shape has none.
  it.each(['ResNotif', 'ResModifyNotif'])(
    'Booking.com acknowledgement of %s (2011B)',
    (messageKind) => {
      const problems = (outcome: 'stored' | 'refused') => {
        const request = bookingConnector.inbound.acknowledge({
          messageKind,
          reservationId: '4000000001',
          listing: '500',
          outcome,
          bookingReference: 'PMS-1',
          decidedAt: 0,
        });
        const body = request?.body?.replace('RS xmlns=', 'RS Version="1.0" xmlns=');
        return otaProblems(body ?? '', '2011B');
      };
      expect(problems('stored')).toEqual([]);
      // OpenTravel lets errors stand alone; Booking.com has to be told which reservation they mean.
      expect(problems('refused')).toEqual([
        expect.stringMatching(
          /(?:HotelReservations|HotelResModifies)': This element is not expected/,
        ),
      ]);
    },
  );

  it('refuses what is not valid, and says where', () => {
    const [message] = planned.map(({ body }) => asOta(body));
    const broken = (from: string, to: string) =>
      otaProblems(message?.replace(from, to) ?? '', '2017B');
    expect(broken(' Type="10"', '').join()).toContain("The attribute 'Type' is required");
    expect(broken('Status="Open"', 'Status="Ajar"').join()).toContain("'Ajar'");
    expect(broken('<AvailStatusMessage>', '<AvailStatusMessage><Price/>').join()).toContain(
      'Price',
    );
    expect(broken('2026-11-01', '2026-02-30').join()).toContain('2026-02-30');
    expect(() => otaProblems('<Unknown/>', '2017B')).toThrow('Unknown.xsd');
    expect(() => otaProblems('<a', '2017B')).toThrow();
  });
});
