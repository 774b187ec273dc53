import type { DateRange } from '../../schemas/domain/plain-date.ts';
import type { BookedRoom, ReservationView } from '../../simulators/platform.ts';
import type { Channel } from '../world/channels.ts';
import { allProperties, type ConnectionPlan, type PropertyPlan } from '../world/plan.ts';
import {
  type Action,
  anyBookable,
  anyNights,
  anyProperty,
  channelOf,
  type Scene,
} from './scene.ts';

function propertyOf({ world }: Scene, { propertyId }: ConnectionPlan): PropertyPlan {
  const property = allProperties(world.plan).find(({ id }) => id === propertyId);
  if (!property) throw new RangeError(`no property ${propertyId}`);
  return property;
}

function book(
  scene: Scene,
  connection: ConnectionPlan,
  nights: DateRange,
  options: {
    readonly force?: boolean;
    readonly request?: boolean;
    readonly more?: readonly string[];
  } = {},
): void {
  const { world } = scene;
  const channel = channelOf(scene, connection);
  const units = [connection.unit, ...(options.more ?? [])];
  const rooms = units.map(
    (unit): BookedRoom => ({ unit, checkIn: nights.start, checkOut: nights.end }),
  );
  const result = channel.platform.book({
    rooms,
    ...(options.force ? { force: true } : {}),
    ...(options.request ? { request: true } : {}),
  });
  const kind = options.request ? 'request' : units.length > 1 ? 'several_rooms' : 'book';
  world.tally.count(result.ok ? `input.guest.${kind}.done` : `input.guest.${kind}.not_sold`);
}

/** A reservation that was made before the connection or in a race at the platform. */
export function guestBooksAnyway(scene: Scene, connection: ConnectionPlan): void {
  const nights = anyNights(scene, propertyOf(scene, connection), 4);
  book(scene, connection, nights, { force: true });
}

const guestBooks: Action = (scene) => {
  const connection = anyBookable(scene);
  if (!connection) return;
  book(scene, connection, anyNights(scene, propertyOf(scene, connection), 4));
};

const guestRequests: Action = (scene) => {
  const connection = anyBookable(scene);
  if (!connection) return;
  if (!channelOf(scene, connection).takesBookingRequests) return;
  book(scene, connection, anyNights(scene, propertyOf(scene, connection), 4), { request: true });
};

/** Two guests take the same nights of one property on two channels at the same moment. */
const guestsMeet: Action = (scene) => {
  const property = anyProperty(scene);
  const nights = anyNights(scene, property, 4);
  for (const connection of property.connections)
    if (channelOf(scene, connection).takesBookings) book(scene, connection, nights);
};

const guestTakesSeveralRooms: Action = (scene) => {
  const connection = anyBookable(scene);
  if (!connection) return;
  const more = channelOf(scene, connection).bookableWith(connection.unit);
  if (more.length === 0) return;
  const nights = anyNights(scene, propertyOf(scene, connection), 3);
  book(scene, connection, nights, { more: more.slice(0, 1) });
};

function liveReservation(scene: Scene): { channel: Channel; reservation: ReservationView } | null {
  const { chance, channels } = scene.world;
  const channel = chance.pick([...channels.values()].filter((one) => one.takesBookings));
  const live = channel.platform.reservations().filter((reservation) => reservation.live);
  return live.length === 0 ? null : { channel, reservation: chance.pick(live) };
}

const guestModifies: Action = (scene) => {
  const found = liveReservation(scene);
  if (!found) return;
  const { channel, reservation } = found;
  const { chance, tally } = scene.world;
  const property = anyProperty(scene);
  const rooms = reservation.rooms
    .filter((room) => room.live)
    // One of several rooms may be given up.
    .filter((_room, index) => index === 0 || chance.happens(0.6))
    .map((room) => {
      const nights = anyNights(scene, property, 4);
      return { ...room, checkIn: nights.start, checkOut: nights.end };
    });
  const { ok } = channel.platform.modify(reservation.id, { rooms });
  tally.count(ok ? 'input.guest.modify.done' : 'input.guest.modify.not_sold');
};

const guestCancels: Action = (scene) => {
  const found = liveReservation(scene);
  if (found) found.channel.platform.cancel(found.reservation.id);
  if (found) scene.world.tally.count('input.guest.cancel.done');
};

const hostAnswers: Action = (scene) => {
  const { chance, channels, tally } = scene.world;
  const accept = chance.happens(0.6);
  for (const channel of channels.values()) {
    if (channel.answerRequest(accept, chance))
      tally.count(accept ? 'input.guest.request.accepted' : 'input.guest.request.denied');
  }
};

export const GUEST_ACTIONS = {
  'input.guest.books': [12, guestBooks],
  'input.guest.requests': [3, guestRequests],
  'input.guest.meet': [4, guestsMeet],
  'input.guest.takes_several_rooms': [4, guestTakesSeveralRooms],
  'input.guest.modifies': [6, guestModifies],
  'input.guest.cancels': [7, guestCancels],
  'input.guest.host_answers': [3, hostAnswers],
} as const satisfies Record<string, readonly [number, Action]>;
