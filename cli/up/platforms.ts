import type {
  AirbnbPlatform,
  BookingComPlatform,
  ExpediaPlatform,
  GooglePlatform,
  ServedPlatform,
  SimulatedPlatform,
  VrboPlatform,
} from '../../simulators/index.ts';
import {
  serveAirbnb,
  serveBookingCom,
  serveExpedia,
  serveGoogle,
  serveVrbo,
} from '../../simulators/index.ts';

/** How often the simulated Vrbo comes, ms: each half an hour would be longer than anybody watches. */
export const CRAWL_MS = 3_000;

/** The simulated platforms, each on a port of its own. */
export interface ServedPlatforms {
  readonly airbnb: ServedPlatform<AirbnbPlatform>;
  readonly booking: ServedPlatform<BookingComPlatform>;
  readonly expedia: ServedPlatform<ExpediaPlatform>;
  readonly google: ServedPlatform<GooglePlatform>;
  readonly vrbo: ServedPlatform<VrboPlatform>;
  readonly fewoDirekt: ServedPlatform<VrboPlatform>;
}

/** @param opened takes what ends each, as soon as it is up */
export async function servePlatforms(opened: (() => Promise<unknown>)[]): Promise<ServedPlatforms> {
  const serve = async <P extends SimulatedPlatform>(starting: Promise<ServedPlatform<P>>) => {
    const served = await starting;
    opened.push(() => served.close());
    return served;
  };
  const crawling = { crawlIntervalMs: CRAWL_MS };
  return {
    airbnb: await serve(serveAirbnb()),
    booking: await serve(serveBookingCom()),
    expedia: await serve(serveExpedia()),
    google: await serve(serveGoogle()),
    vrbo: await serve(serveVrbo(crawling)),
    fewoDirekt: await serve(serveVrbo(crawling, {}, 'fewo_direkt')),
  };
}

/** All of them, in the order in which they are told of. */
export function platformsOf(served: ServedPlatforms): readonly ServedPlatform[] {
  const { airbnb, booking, expedia, google, vrbo, fewoDirekt } = served;
  return [airbnb, booking, expedia, google, vrbo, fewoDirekt];
}

/** Base URLs in place of the real platforms'; those that fetch have none. */
export function hostsOf({ airbnb, booking, expedia, google }: ServedPlatforms) {
  return {
    airbnb: { api: airbnb.url },
    booking_com: { ari: booking.url, reservations: booking.url, auth: booking.url },
    expedia: { eqc: expedia.url },
    google: { uploads: google.url },
  };
}
