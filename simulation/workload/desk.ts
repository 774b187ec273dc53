import type { BookingId } from '../../schemas/domain/ids.ts';
import { addDays } from '../../schemas/domain/plain-date.ts';
import { holdsNights } from '../../storage/ports/bookings.ts';
import { allProperties, type PropertyPlan } from '../world/plan.ts';
import { type Action, anyNights, anyProperty, type Scene } from './scene.ts';

const PRICE_LOW = 60;
const PRICE_HIGH = 250;

const books: Action = async (scene) => {
  const { pms, world } = scene;
  const property = anyProperty(scene);
  const { start, end } = anyNights(scene, property);
  const outcome = await pms.desk(property).book(property.tenantId, {
    id: world.chance.uuid() as BookingId,
    propertyId: property.id,
    checkIn: start,
    checkOut: end,
    guestLastName: 'Direct',
  });
  world.tally.count(`input.pms.book.${outcome}`);
};

/** Any booking that holds nights, a channel's too. */
async function anyBooking(
  scene: Scene,
): Promise<{ id: BookingId; property: PropertyPlan; fromChannel: boolean } | null> {
  const { world } = scene;
  const rows = await world.database.transaction(null, async (tx) =>
    tx
      .table('bookings')
      .values()
      .map(({ row }) => row)
      .filter(({ status }) => holdsNights(status)),
  );
  if (rows.length === 0) return null;
  const row = world.chance.pick(rows);
  const property = allProperties(world.plan).find(({ id }) => id === row.propertyId);
  return property ? { id: row.id, property, fromChannel: row.channelBookingId !== null } : null;
}

const moves: Action = async (scene) => {
  const found = await anyBooking(scene);
  if (!found) return;
  const { id, property, fromChannel } = found;
  const { start, end } = anyNights(scene, property);
  const outcome = await scene.pms
    .desk(property)
    .move(property.tenantId, id, { checkIn: start, checkOut: end });
  scene.world.tally.count(`input.pms.move.${outcome}`);
  if (fromChannel && outcome === 'moved') scene.world.tally.count('input.pms.move.of_channel');
};

const cancels: Action = async (scene) => {
  const found = await anyBooking(scene);
  if (!found) return;
  const { id, property, fromChannel } = found;
  const outcome = await scene.pms.desk(property).cancel(property.tenantId, id);
  scene.world.tally.count(`input.pms.cancel.${outcome}`);
  if (fromChannel && outcome === 'cancelled')
    scene.world.tally.count('input.pms.cancel.of_channel');
};

function blocks(blocked: boolean): Action {
  return (scene) => {
    const property = anyProperty(scene);
    const nights = anyNights(scene, property, 7);
    return scene.pms.desk(property).block(property.tenantId, property.id, nights, blocked);
  };
}

const holds: Action = (scene) => {
  const property = anyProperty(scene);
  const ends = scene.pms.environment.clock.now() + scene.world.chance.between(20_000, 240_000);
  return scene.pms.hold(property, anyNights(scene, property), Math.floor(ends));
};

function prices(
  amountOf: (scene: Scene) => number | null,
  currencyOf: (property: PropertyPlan) => string,
): Action {
  return (scene) => {
    const property = anyProperty(scene);
    const nights = anyNights(scene, property, 10);
    return scene.pms
      .desk(property)
      .price(property.tenantId, property.id, nights, currencyOf(property), amountOf(scene));
  };
}

const amount = ({ world }: Scene) => world.chance.integer(PRICE_LOW, PRICE_HIGH) * 100;
/** Less than some platform takes. */
const tooCheap = () => 900;
const own = ({ currency }: PropertyPlan) => currency;
const other = ({ currency }: PropertyPlan) => (currency === 'GBP' ? 'EUR' : 'GBP');

const restricts: Action = (scene) => {
  const { chance } = scene.world;
  const property = anyProperty(scene);
  const stay = () => (chance.happens(0.5) ? chance.integer(1, 4) : null);
  return scene.pms
    .desk(property)
    .restrict(property.tenantId, property.id, anyNights(scene, property, 7), {
      min_stay_arrival: stay(),
      min_stay_through: stay(),
      max_stay: chance.happens(0.3) ? chance.integer(5, 20) : null,
      closed_to_arrival: chance.happens(0.15),
      closed_to_departure: chance.happens(0.15),
    });
};

/** The property changes its description; nothing of it changes what is sold. */
const describes: Action = (scene) => {
  const property = anyProperty(scene);
  return scene.pms
    .desk(property)
    .registerProperty(property.tenantId, { ...property, maxGuests: 6 });
};

/** A month of edits in one go, as an import of prices is. */
const edits: Action = async (scene) => {
  const property = anyProperty(scene);
  const first = scene.pms.today(property);
  await Promise.all(
    Array.from({ length: scene.world.chance.integer(5, 15) }, (_, day) => {
      const start = addDays(first, day);
      const nights = { start, end: addDays(start, 1) };
      return scene.pms
        .desk(property)
        .price(property.tenantId, property.id, nights, property.currency, amount(scene));
    }),
  );
};

const imports: Action = (scene) => scene.pms.importCalendar(anyProperty(scene));

export const DESK_ACTIONS = {
  'input.pms.books': [10, books],
  'input.pms.moves': [6, moves],
  'input.pms.cancels': [7, cancels],
  'input.pms.block': [8, blocks(true)],
  'input.pms.unblock': [7, blocks(false)],
  'input.pms.hold': [2, holds],
  'input.pms.price': [8, prices(amount, own)],
  'input.pms.price_gone': [1, prices(() => null, own)],
  'input.pms.price_too_low': [1, prices(tooCheap, own)],
  'input.pms.price_in_other_currency': [1, prices(amount, other)],
  'input.pms.edits': [1, edits],
  'input.pms.restrict': [5, restricts],
  'input.pms.describe': [1, describes],
  'input.pms.snapshot': [2, imports],
} as const satisfies Record<string, readonly [number, Action]>;
