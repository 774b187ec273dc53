import { dateAt, type Night, plusDays } from '../dates.ts';
import type { Work } from '../gateway.ts';
import { type SimResponse, xmlAnswer } from '../http.ts';
import { leaf, tag } from '../xml.ts';
import {
  type MessageFault,
  readAvailability,
  readPrice,
  type Update,
} from './availability-message.ts';
import type { Room } from './hotel.ts';
import {
  type BookingComRule,
  type BookingComSettings,
  DAYS_BACK,
  HORIZON_DAYS,
  PLATFORM_TIME_ZONE,
} from './settings.ts';

interface AvailabilityContext {
  readonly settings: BookingComSettings;
  /** Machine account of the caller. */
  readonly account: string;
  readonly now: number;
  readonly random: () => number;
  readonly room: (id: string) => Room | undefined;
  readonly violate: (rule: BookingComRule, detail: string) => void;
  /** Stores one update that passed. */
  readonly store: (room: Room, update: Update, price: number | undefined) => void;
  /** New RUID. */
  readonly ruid: () => string;
}

interface Notice {
  readonly code: string;
  readonly message: string;
}

/**
 * `POST /hotels/xml/availability`, version 1.1: each update stands or falls alone; 200 if one stood, 400 if none did, 403 if no room
 * is the caller's. Of a date that comes twice for the same room and rate, the first occurrence counts.
 */
export function answerAvailability(
  body: string,
  work: Work,
  context: AvailabilityContext,
): SimResponse {
  const message = readAvailability(body, context.settings);
  if ('rule' in message) return refuseWhole(message, context);
  const scope = scopeOf(message, context);
  if (scope) return scope;
  const errors: Notice[] = [];
  const warnings: Notice[] = [];
  const seen = new Set<string>();
  let stood = 0;
  for (const update of message) {
    const fresh = withoutRepeats(update, seen);
    if (fresh.nights.length < update.nights.length) {
      context.violate('duplicate_dates', update.place);
      if (warnings.length === 0) {
        warnings.push({
          code: 'WARN_DUPLICATE_DATES',
          message: 'Request contains duplicate dates, we have applied only the first occurrence.',
        });
      }
    }
    const notice =
      judge(update, context) ??
      refusedByFault(update, work, context, stood === 0 && update === message.at(-1));
    if (notice) {
      errors.push(notice);
      continue;
    }
    stood += 1;
    const room = context.room(update.room ?? '');
    if (room && work.apply && fresh.nights.length > 0)
      context.store(room, fresh, priceOf(update, room, context));
  }
  return answer(stood > 0 ? 200 : 400, errors, warnings, context);
}

/** Refusals that concern the message as a whole: no room is the caller's, or rooms of two hotels. */
function scopeOf(
  updates: readonly Update[],
  context: AvailabilityContext,
): SimResponse | undefined {
  const rooms = updates.map(({ room }) => (room === null ? undefined : context.room(room)));
  const known = rooms.filter((room) => room !== undefined);
  const own = known.filter(({ hotel }) => hotel.account === context.account && hotel.connected);
  if (known.length === updates.length && own.length === 0) {
    if (known.some(({ hotel }) => hotel.account !== context.account))
      context.violate('forbidden', 'rooms of another provider');
    return xmlAnswer(
      403,
      `${tag('fault', { code: 403, string: 'Forbidden' })}\n<!-- RUID: [${context.ruid()}] -->`,
    );
  }
  if (new Set(own.map(({ hotel }) => hotel.id)).size > 1) {
    return refuseWhole(
      {
        rule: 'mixed_hotels',
        code: 'ONE_HOTEL_PER_REQUEST',
        message: 'Exactly one hotel per request is allowed',
      },
      context,
    );
  }
  return undefined;
}

function judge(update: Update, context: AvailabilityContext): Notice | undefined {
  const refuse = (rule: BookingComRule, code: string, message: string): Notice => {
    context.violate(rule, `${message} (${update.place})`);
    return {
      code,
      message: context.settings.culprits === 'named' ? `${message} (${update.place})` : message,
    };
  };
  if (update.room === null)
    return refuse('room_id_missing', 'ROOM_ID_MISSING', 'Room ID is missing');
  const room = context.room(update.room);
  if (!room || room.hotel.account !== context.account || !room.hotel.connected) {
    return refuse('room_id_invalid', 'ROOM_ID_INVALID', `Room ID '${update.room}' is not valid`);
  }
  if (update.reversed)
    return refuse(
      'from_after_to',
      'FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE',
      'From date should be less than or equal To Date',
    );
  const today = dateAt(PLATFORM_TIME_ZONE, context.now);
  const wrong = update.nights.find(
    (night) => night < plusDays(today, -DAYS_BACK) || night > plusDays(today, HORIZON_DAYS),
  );
  if (wrong !== undefined)
    return refuse('not_a_valid_date', 'NOT_A_VALID_DATE', `'${wrong}' is not a valid date`);
  if (update.groups.size === 0)
    return refuse('sets_nothing', 'NOTHING_TO_UPDATE', 'The update sets nothing');
  if (update.rate !== null && !room.rates.has(update.rate))
    return refuse('rate_id_invalid', 'RATE_ID_INVALID', `Rate ID '${update.rate}' is not valid`);
  if (update.rate === null && (update.groups.has('price') || update.groups.has('restrictions'))) {
    return refuse('rate_id_missing', 'RATE_ID_MISSING', 'Rate ID is missing');
  }
  if (update.price !== null && priceOf(update, room, context) === undefined) {
    return refuse('price_invalid', 'PRICE_INVALID', `Price '${update.price}' is not valid`);
  }
  return undefined;
}

/** @param spare the last update of a message of which none stood: a partial refusal is not a whole one */
function refusedByFault(
  update: Update,
  work: Work,
  context: AvailabilityContext,
  spare: boolean,
): Notice | undefined {
  const { refusing } = work;
  const named = context.settings.culprits === 'named' ? ` (${update.place})` : '';
  if (refusing?.kind === 'partial' && !spare && context.random() < refusing.share) {
    return { code: 'INTERNAL_SERVER_ERROR', message: `The update could not be processed${named}` };
  }
  if (refusing?.kind !== 'refuse' || (refusing.field && !update.groups.has(refusing.field)))
    return undefined;
  if (refusing.nights && !update.nights.some((night) => refusing.nights?.includes(night)))
    return undefined;
  if (refusing.field === 'price')
    return { code: 'PRICE_INVALID', message: `Price '${update.price ?? ''}' is not valid${named}` };
  return { code: 'UPDATE_NOT_ALLOWED', message: `The value is not allowed${named}` };
}

function withoutRepeats(update: Update, seen: Set<string>): Update {
  const nights: Night[] = [];
  for (const night of update.nights) {
    const key = `${update.room} ${update.rate} ${night}`;
    if (!seen.has(key)) nights.push(night);
    seen.add(key);
  }
  return { ...update, nights };
}

function priceOf(update: Update, room: Room, context: AvailabilityContext): number | undefined {
  return update.price === null
    ? undefined
    : readPrice(update.price, room.hotel.currency, context.settings);
}

function refuseWhole(fault: MessageFault, context: AvailabilityContext): SimResponse {
  context.violate(fault.rule, fault.message);
  return answer(400, [fault], [], context);
}

function answer(
  status: number,
  errors: readonly Notice[],
  warnings: readonly Notice[],
  context: AvailabilityContext,
): SimResponse {
  const list = (name: string, entries: readonly Notice[]) =>
    entries.length === 0
      ? []
      : [
          tag(
            `${name}s`,
            {},
            entries.map(({ code, message }) =>
              tag(name, {}, [leaf('code', code), leaf('message', message)]),
            ),
          ),
        ];
  const parts = [...list('error', errors), ...list('warning', warnings)];
  const body = parts.length === 0 ? '<ok/>' : tag('availability', {}, parts);
  return xmlAnswer(status, `${body}\n<!-- RUID: [${context.ruid()}] -->`);
}
