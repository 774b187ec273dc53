import { PROPERTY, SALES, SPARE_SALES, TENANT } from '../story/home.ts';
import type { World } from './world.ts';

/** Where everything listens, and the ids that another client needs: the line of `--json`. */
export function addressesOf(world: World) {
  const { stack, pipeline, airbnb, booking } = world;
  return {
    stack: stack.kind,
    brokers: stack.brokers,
    registryUrl: stack.registryUrl,
    postgresUrl: stack.postgresUrl,
    ...pipeline.addresses,
    airbnbUrl: airbnb.url,
    airbnbControlUrl: `${airbnb.url}/_control`,
    bookingComUrl: booking.url,
    bookingComControlUrl: `${booking.url}/_control`,
    home: {
      tenantId: TENANT,
      propertyId: PROPERTY,
      airbnbListing: SALES.airbnb.listing,
      bookingComHotel: SALES.booking.listing,
      bookingComRoom: SALES.booking.unit,
    },
    /** Connected and without any event: for other clients, which count their sequence from 1. */
    spare: SPARE_SALES.map(({ property, listing }) => ({
      tenantId: TENANT,
      propertyId: property,
      airbnbListing: listing,
    })),
  };
}

/** The same for people. @param took seconds until everything was up */
export function addressLines(world: World, took: string): string[] {
  const {
    brokers,
    registryUrl,
    postgresUrl,
    airbnbControlUrl,
    bookingComControlUrl,
    spare,
    ...at
  } = addressesOf(world);
  const calendar = (unit: string) => `/calendar?unit=${unit}&from=yyyy-mm-dd&to=yyyy-mm-dd`;
  const [free] = spare;
  const rows: [string, string][] = [
    ['Kafka', brokers.join(',') || 'none: the log is in the memory of this process'],
    ['Schema registry', registryUrl ?? 'none: in memory too'],
    ['PostgreSQL', postgresUrl],
    ['Webhooks go to', `${at.ingressUrl}/webhooks/CHANNEL/CONNECTION`],
    ['Health, metrics', `${at.healthUrl}/health/ready, ${at.healthUrl}/metrics`],
    ['Airbnb', `${airbnbControlUrl}/report and ${calendar(at.home.airbnbListing)}`],
    ['Booking.com', `${bookingComControlUrl}/report and ${calendar(at.home.bookingComRoom)}`],
    ...(free && brokers.length > 0
      ? [
          [
            'Yours to write',
            `property ${free.propertyId} of tenant ${free.tenantId}, Airbnb listing ${free.airbnbListing}`,
          ] satisfies [string, string],
        ]
      : []),
  ];
  return [
    `\nEverything is up after ${took} s. Where to look (both channels are simulated, with a control API):`,
    ...rows.map(([name, where]) => `  ${name.padEnd(16)} ${where}`),
  ];
}
