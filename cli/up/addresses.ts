import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import { PROPERTY, SALES, SPARE_SALES, TENANT } from '../story/home.ts';
import type { World } from './world.ts';

const SHOWN_NIGHTS = 30;

/** Where everything listens, and the ids that another client needs: the line of `--json`. */
export function addressesOf(world: World) {
  const { stack, pipeline, airbnb, booking, expedia, google, vrbo, fewoDirekt } = world;
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
    expediaUrl: expedia.url,
    expediaControlUrl: `${expedia.url}/_control`,
    googleUrl: google.url,
    googleControlUrl: `${google.url}/_control`,
    vrboControlUrl: `${vrbo.url}/_control`,
    fewoDirektControlUrl: `${fewoDirekt.url}/_control`,
    home: {
      tenantId: TENANT,
      propertyId: PROPERTY,
      airbnbListing: SALES.airbnb.listing,
      bookingComHotel: SALES.booking.listing,
      bookingComRoom: SALES.booking.unit,
      expediaHotel: SALES.expedia.listing,
      expediaRoom: SALES.expedia.unit,
      googleProperty: SALES.google.unit,
      vrboUnit: SALES.vrbo.unit,
      fewoDirektUnit: SALES.fewoDirekt.unit,
    },
    /** Connected and without any event: for other clients, which count their sequence from 1. */
    spare: SPARE_SALES.map(({ property, listing }) => ({
      tenantId: TENANT,
      propertyId: property,
      airbnbListing: listing,
    })),
  };
}

/**
 * The same for people.
 * @param took seconds until everything was up
 * @param today first night of the calendars to look at
 */
export function addressLines(world: World, took: string, today: PlainDate): string[] {
  const { brokers, registryUrl, postgresUrl, spare, ...at } = addressesOf(world);
  const rowsOf = (name: string, control: string, unit: string): [string, string][] => [
    [name, `${control}/calendar?unit=${unit}&from=${today}&to=${addDays(today, SHOWN_NIGHTS)}`],
    ['', `${control}/report`],
  ];
  const [free] = spare;
  const rows: [string, string][] = [
    ['Kafka', brokers.join(',') || 'none: the log is in the memory of this process'],
    ['Schema registry', registryUrl ?? 'none: in memory too'],
    ['PostgreSQL', postgresUrl],
    ['Webhooks', `${at.ingressUrl}/webhooks/CHANNEL/CONNECTION`],
    ['Health', `${at.healthUrl}/health/ready`],
    ['Metrics', `${at.healthUrl}/metrics`],
    ...rowsOf('Airbnb', at.airbnbControlUrl, at.home.airbnbListing),
    ...rowsOf('Booking.com', at.bookingComControlUrl, at.home.bookingComRoom),
    ...rowsOf('Expedia', at.expediaControlUrl, at.home.expediaRoom),
    ...rowsOf('Google', at.googleControlUrl, at.home.googleProperty),
    ...rowsOf('Vrbo', at.vrboControlUrl, at.home.vrboUnit),
    ...rowsOf('FeWo-direkt', at.fewoDirektControlUrl, at.home.fewoDirektUnit),
  ];
  if (free && brokers.length > 0)
    rows.push([
      'Yours to write',
      `property ${free.propertyId}, tenant ${free.tenantId}, Airbnb listing ${free.airbnbListing} (examples/README.md)`,
    ]);
  return [
    `\nEverything is up after ${took} s. All channels are simulated; simulators/README.md tells what their control API can do.`,
    ...rows.map(([name, where]) => `  ${name.padEnd(16)} ${where}`),
  ];
}
