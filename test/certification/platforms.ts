import type { CredentialDraft } from '../../accounts/credentials/credentials.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { PriceAdjustment } from '../../schemas/generated/types.ts';
import { ExpediaPlatform } from '../../simulators/expedia/platform.ts';
import { GooglePlatform } from '../../simulators/google/platform.ts';
import type { FetchDocument, SimulatorPorts } from '../../simulators/http.ts';
import { AirbnbPlatform, BookingComPlatform } from '../../simulators/index.ts';
import type { SimulatedPlatform } from '../../simulators/platform.ts';
import { VrboPlatform } from '../../simulators/vrbo/platform.ts';
import type { PostMessage } from '../../simulators/webhooks.ts';

/** One room with its rate plans, as its platform knows them. */
export interface Room {
  readonly listing: string;
  readonly roomId: string | null;
  readonly account: string | null;
  /** What a guest books at the simulated platform. */
  readonly unit: string;
  readonly ratePlans: readonly RoomRate[];
}

interface RoomRate {
  readonly id: string;
  readonly adjustment: PriceAdjustment | null;
}

/** A simulated platform with two rooms, and the credential that signs calls to it. */
export interface Market {
  readonly platform: SimulatedPlatform;
  readonly credential: Omit<CredentialDraft, 'id' | 'tenantId' | 'channel'>;
  readonly rooms: readonly [Room, Room];
}

export interface Fixture {
  readonly channel: ChannelType;
  /** The unit that a write is about. */
  unitOf(body: string): string | undefined;
  build(ports: SimulatorPorts, post: PostMessage, fetch: FetchDocument): Market;
}

/** A tenth dearer, so that the plans of a room never have one price. */
const DEARER: PriceAdjustment = { kind: 'percentage', hundredths: 1_000 };

export const airbnb: Fixture = {
  channel: 'airbnb' as ChannelType,
  unitOf: (body) => /"listing_id":(\d+)/.exec(body)?.[1],
  build(ports, post) {
    const platform = new AirbnbPlatform(ports, post);
    const { refreshToken } = platform.createHost('7001');
    const { clientId, clientSecret } = platform.settings;
    const room = (id: string): Room => {
      platform.createListing({ id, host: '7001', currency: 'EUR' });
      const ratePlans = [{ id: 'standard', adjustment: null }];
      return { listing: id, roomId: null, account: '7001', unit: id, ratePlans };
    };
    return {
      platform,
      credential: { clientId, clientSecret, refreshToken },
      rooms: [room('1001'), room('1002')],
    };
  },
};

/** Two hotels with a room of two rate plans each. */
function hotelMarket(
  platform: BookingComPlatform | ExpediaPlatform,
  [first, second]: readonly [string, string],
): Market {
  const room = (hotel: string, id: string): Room => {
    const [plain, dearer] = [`${id}1`, `${id}2`];
    platform.createHotel({ id: hotel, rooms: [{ id, rates: [{ id: plain }, { id: dearer }] }] });
    const ratePlans = [
      { id: plain, adjustment: null },
      { id: dearer, adjustment: DEARER },
    ];
    return { listing: hotel, roomId: id, account: 'ours', unit: id, ratePlans };
  };
  return {
    platform,
    credential: { clientId: 'ours', clientSecret: 'secret', refreshToken: null },
    rooms: [room('500', first), room('501', second)],
  };
}

export const bookingCom: Fixture = {
  channel: 'booking_com' as ChannelType,
  unitOf: (body) => /<room id="(\d+)"/.exec(body)?.[1],
  build(ports, post) {
    const platform = new BookingComPlatform(ports, post, { accounts: { ours: 'secret' } });
    return hotelMarket(platform, ['50001', '50101']);
  },
};

export const expedia: Fixture = {
  channel: 'expedia' as ChannelType,
  unitOf: (body) => /<RoomType id="(\d+)"/.exec(body)?.[1],
  build(ports, post) {
    const platform = new ExpediaPlatform(ports, post, { users: { ours: 'secret' } });
    return hotelMarket(platform, ['5001', '5101']);
  },
};

export const google: Fixture = {
  channel: 'google' as ChannelType,
  unitOf: (body) => /(?:HotelCode="|<Property>)([^"<]*)/.exec(body)?.[1],
  build(ports, post) {
    const secrets = { clientId: 'parity-lakes_1', clientSecret: null, refreshToken: null };
    const platform = new GooglePlatform(ports, post, { partners: [secrets.clientId] });
    const room = (id: string): Room => {
      // From the hotel list; room and packages come with the content.
      platform.createProperty({ id });
      const ratePlans = [
        { id: 'flexible', adjustment: null },
        { id: 'saver', adjustment: DEARER },
      ];
      return { listing: id, roomId: null, account: secrets.clientId, unit: id, ratePlans };
    };
    return { platform, credential: secrets, rooms: [room('h1'), room('h2')] };
  },
};

/** How often the simulated Vrbo comes, ms. */
export const CRAWL_MS = 5 * 60_000;

/** Nothing is written to it: it comes for documents to the address of the credential. */
export const vrbo = (channel: 'vrbo' | 'fewo_direkt', credential: string): Fixture => ({
  channel: channel as ChannelType,
  unitOf: () => undefined,
  build(ports, post, fetch) {
    const platform = new VrboPlatform(ports, post, fetch, { crawlIntervalMs: CRAWL_MS }, channel);
    const login = { user: 'crawler', password: 'a secret of the crawler' };
    const index = (kind: string) => `http://parity.test/documents/${channel}/${credential}/${kind}`;
    platform.createAdvertiser({
      id: 'adv-7',
      ...login,
      indexes: {
        listing: index('listing'),
        configuration: index('configuration'),
        rates: index('rates'),
        availability: index('availability'),
      },
    });
    const room = (listing: string): Room => {
      const unit = `${listing}-1`;
      platform.createUnit({ listing, unit, advertiser: 'adv-7' });
      const ratePlans = [{ id: 'standard', adjustment: null }];
      return { listing, roomId: unit, account: 'adv-7', unit, ratePlans };
    };
    return {
      platform,
      credential: { clientId: login.user, clientSecret: login.password, refreshToken: null },
      rooms: [room('8801'), room('8802')],
    };
  },
});
