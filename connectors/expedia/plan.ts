import { toDecimal } from '../../schemas/domain/money.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection, FieldName } from '../../schemas/generated/types.ts';
import type { Change, Plan, PlanContext, PlannedRequest } from '../contract.ts';
import { xml } from '../notation/xml.ts';
import { byNight, type Run, runsOf } from '../planning/ranges.ts';
import { type Objection, screen } from '../planning/screening.ts';
import {
  expediaManifest,
  LONGEST_STAY,
  MAX_UPDATES_PER_REQUEST,
  NO_MIN_NIGHTS,
} from './manifest.ts';
import { eqcRequest } from './wire.ts';

/**
 * `AvailRateUpdateRQ`: one `AvailRateUpdate` for all ranges of nights that say the same, cut where a message would hold more updates than
 * allowed. Only what changed is in it. Source: Expedia developer portal, "Availability and Rates", request.
 */
export function planExpedia(
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Plan {
  const roomType = connection.room_id;
  if (roomType === null) {
    const advice = 'the connection names no room type';
    return {
      requests: [],
      refused: changes.map((change) => ({ change, code: 'CHANNEL_LISTING_UNKNOWN', advice })),
    };
  }
  const { sendable, refused } = screen(expediaManifest, connection, changes, context, objection);
  const requests = packUpdates(runsOf(byNight(sendable))).map((runs) =>
    requestOf(connection.listing, roomType, runs, context.currency),
  );
  return { requests, refused };
}

const objection: Objection = ({ field, value }) => {
  if (field === 'min_stay_arrival' && value > LONGEST_STAY) {
    const advice = `Expedia sells at most ${LONGEST_STAY} nights, so the night cannot be sold: close it`;
    return { code: 'MAPPING_UNSUPPORTED', advice };
  }
  return undefined;
};

/** What the platform counts: availability is the number of rooms and the status of the room type. */
function updatesOf({ changes }: { readonly changes: readonly Change[] }): number {
  return changes.reduce((sum, { field }) => sum + (field === 'availability' ? 2 : 1), 0);
}

/** Runs in their order in messages of at most `MAX_UPDATES_PER_REQUEST` updates; a run that does not fit is cut. */
function packUpdates(runs: readonly Run[]): Run[][] {
  const messages: Run[][] = [];
  let message: Run[] = [];
  let room = MAX_UPDATES_PER_REQUEST;
  const full = () => {
    if (message.length > 0) messages.push(message);
    message = [];
    room = MAX_UPDATES_PER_REQUEST;
  };
  for (const run of runs) {
    const [first] = run.nights;
    const size = first ? updatesOf(first) : 1;
    for (let rest = run.nights; rest.length > 0; ) {
      // A night that no message can hold goes alone: the platform's refusal has it halved.
      const fitting = Math.floor(room / size);
      const taken = rest.slice(0, message.length === 0 ? Math.max(1, fitting) : fitting);
      const [start, end] = [taken[0], taken[taken.length - 1]];
      if (start && end)
        message.push({ ...run, first: start.night, last: end.night, nights: taken });
      rest = rest.slice(taken.length);
      room -= taken.length * size;
      if (rest.length > 0) full();
    }
  }
  full();
  return messages;
}

function requestOf(
  hotel: string,
  roomType: string,
  runs: readonly Run[],
  currency: string,
): PlannedRequest {
  const alike = new Map<string, Run[]>();
  for (const run of runs) {
    const known = alike.get(run.key);
    if (known) known.push(run);
    else alike.set(run.key, [run]);
  }
  const updates = [...alike.values()].map((ranges) => {
    const changes = ranges[0]?.nights[0]?.changes ?? [];
    return xml('AvailRateUpdate', {}, [
      ...ranges.map(({ first, last }) => dateRange(first, last)),
      roomTypeElement(roomType, changes, currency),
    ]);
  });
  return {
    ...eqcRequest('ar', [xml('Hotel', { id: hotel }), ...updates]),
    changes: runs.flatMap(({ nights }) => nights.flatMap(({ changes }) => changes)),
  };
}

/** Both ends inclusive. */
function dateRange(from: PlainDate, to: PlainDate): string {
  return xml('DateRange', { from, to });
}

/**
 * Availability is two things of the room type: how many rooms, and whether it is closed. The second keeps a night shut when Expedia puts the
 * room of a cancelled booking back on sale. A closing of a single rate plan is the owner's: it is never written.
 */
function roomTypeElement(id: string, changes: readonly Change[], currency: string): string {
  const rooms = changes.find(({ field }) => field === 'availability')?.value;
  const content =
    rooms === undefined ? [] : [xml('Inventory', { totalInventoryAvailable: `${rooms}` })];
  const plans = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.ratePlanId === null) continue;
    plans.set(change.ratePlanId, [...(plans.get(change.ratePlanId) ?? []), change]);
  }
  const sorted = [...plans].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [plan, own] of sorted) content.push(ratePlanElement(plan, own, currency));
  const closed = rooms === undefined ? undefined : String(rooms === 0);
  return xml('RoomType', { id, closed }, content);
}

const RESTRICTIONS: readonly (readonly [FieldName, string])[] = [
  ['min_stay_arrival', 'minLOS'],
  ['max_stay', 'maxLOS'],
  ['closed_to_arrival', 'closedToArrival'],
  ['closed_to_departure', 'closedToDeparture'],
];

function ratePlanElement(id: string, changes: readonly Change[], currency: string): string {
  const values = new Map(changes.map(({ field, value }) => [field, value]));
  const price = values.get('price');
  const restrictions: Record<string, string> = {};
  for (const [field, name] of RESTRICTIONS) {
    const value = values.get(field);
    if (value !== undefined) restrictions[name] = restrictionText(field, value);
  }
  const rate =
    price === undefined
      ? []
      : [
          xml('Rate', { currency }, [
            xml('PerDay', { rate: toDecimal({ amount: price, currency }) }),
          ]),
        ];
  const rules = Object.keys(restrictions).length === 0 ? [] : [xml('Restrictions', restrictions)];
  return xml('RatePlan', { id }, [...rate, ...rules]);
}

function restrictionText(field: FieldName, value: number): string {
  switch (field) {
    case 'min_stay_arrival':
      return String(Math.max(value, NO_MIN_NIGHTS));
    case 'max_stay':
      return String(value === 0 ? LONGEST_STAY : Math.min(value, LONGEST_STAY));
    default:
      return String(value === 1);
  }
}
