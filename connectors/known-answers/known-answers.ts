import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import { interpretAirbnb } from '../airbnb/interpret.ts';
import { interpretBooking } from '../booking_com/interpret.ts';
import type { Change, ChannelResponse, Outcome, PlannedRequest } from '../contract.ts';
import { MEANINGS as EXPEDIA } from '../expedia/codes.ts';
import { interpretExpedia } from '../expedia/interpret.ts';
import { OTA_CODES, OTA_TYPES } from '../google/errors.ts';
import { interpretGoogle } from '../google/interpret.ts';

/** An answer that a platform is known to give, and what its connector makes of it. */
export interface KnownAnswer {
  /** In the platform's words. */
  readonly said: string;
  readonly outcome: Outcome;
  /** What the owner or the operator does; null: what our code says (docs/errors.md). */
  readonly advice: string | null;
}

export interface PlatformAnswers {
  readonly platform: string;
  readonly answers: readonly KnownAnswer[];
}

const NIGHT = '2026-12-24' as PlainDate;
const change = (field: Change['field'], ratePlanId: string | null, value: number): Change => ({
  night: NIGHT,
  field,
  ratePlanId,
  value,
});
/** A request about a night's units and its price. */
const REQUEST: PlannedRequest = {
  endpoint: 'example',
  method: 'POST',
  host: 'example',
  path: '/',
  headers: {},
  body: null,
  changes: [change('availability', null, 1), change('price', 'standard', 14_000)],
};

type Interpret = (request: PlannedRequest, response: ChannelResponse) => Outcome;

function answer(
  interpret: Interpret,
  said: string,
  status: number,
  body: string,
  advice: string | null = null,
): KnownAnswer {
  return { said, outcome: interpret(REQUEST, { status, headers: {}, body }), advice };
}

/** Statuses mean the same everywhere; 400, 413 and 422 are read first. */
export const EVERYWHERE: readonly KnownAnswer[] = [
  401, 403, 404, 408, 410, 425, 429, 500, 502, 503, 504,
].map((status) => answer(interpretAirbnb, `${status}`, status, ''));

const airbnb = (said: string, status: number, body: object) =>
  answer(interpretAirbnb, said, status, JSON.stringify(body));
const refusal = (reason: string, text: string) => ({
  error_code: 400,
  error_type: 'validation_error',
  error_details: [{ error_reason: reason, error_message: text }],
});

const booking = (code: string, text: string, status = 400) =>
  answer(
    interpretBooking,
    `${status} ${code}`,
    status,
    `<availability><errors><error><code>${code}</code><message>${text}</message></error></errors></availability>`,
  );
const OF_RATE = `rate 'standard', date '${NIGHT}'`;

const expedia = (code: number, advice: string) => {
  const isWarning = code >= 7_000;
  const text = `price of rate plan standard on ${NIGHT}`;
  const notice = `<${isWarning ? 'Warning' : 'Error'} code="${code}">${text}</${isWarning ? 'Warning' : 'Error'}>`;
  const inside = isWarning ? `<Success>${notice}</Success>` : notice;
  const body = `<AvailRateUpdateRS>${inside}</AvailRateUpdateRS>`;
  return answer(interpretExpedia, `${isWarning ? 'Warning' : 'Error'} ${code}`, 200, body, advice);
};

const google = (type: string, code: string, advice: string | null) =>
  answer(
    interpretGoogle,
    [type && `Type ${type}`, code && `Code ${code}`].filter(Boolean).join(', '),
    200,
    `<OTA_HotelRateAmountNotifRS xmlns="http://www.opentravel.org/OTA/2003/05"><Errors><Error Type="${type}" Code="${code}" Status="NotProcessed" ShortText="price of ${NIGHT}"/></Errors></OTA_HotelRateAmountNotifRS>`,
    advice,
  );

/** Of each platform that takes requests; what Vrbo and FeWo-direkt think of a document they do not say. */
export const KNOWN_ANSWERS: readonly PlatformAnswers[] = [
  {
    platform: 'Airbnb',
    answers: [
      airbnb(
        '400, a detail that names night and field',
        400,
        refusal('price', `daily_price of ${NIGHT}`),
      ),
      airbnb('400 `date_out_of_range`', 400, refusal('date_out_of_range', NIGHT)),
      airbnb('400 without a readable detail', 400, {}),
      airbnb('429 `ConcurrencyLimitError`', 429, { error_class: 'ConcurrencyLimitError' }),
      airbnb('200 with an error inside', 200, { error_code: 500 }),
    ],
  },
  {
    platform: 'Booking.com',
    answers: [
      booking('ROOM_ID_MISSING', 'Room ID is missing'),
      booking('ROOM_ID_INVALID', "Room ID '7001' is not valid"),
      booking('ROOM_ELEMENT_REQUIRED', 'a room element is required'),
      booking('RATE_ID_INVALID', `Rate ID is not valid (${OF_RATE})`),
      booking('NOT_A_VALID_DATE', `not a valid date (${OF_RATE})`),
      booking('FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE', `wrong range (${OF_RATE})`),
      booking('LOS_PRICING_PASSED_FOR_OBP_RATE', `price model (${OF_RATE})`),
      booking('WARN_DUPLICATE_DATES', `date twice: price (${OF_RATE})`, 200),
      booking('PRICE_INVALID', `price is not valid (${OF_RATE})`, 200),
      answer(
        interpretBooking,
        '200 WARN_UNPROCESSED_ADDITIONAL_GUEST',
        200,
        '<availability><warnings><warning><code>WARN_UNPROCESSED_ADDITIONAL_GUEST</code></warning></warnings></availability>',
        'A part that we never send',
      ),
      answer(
        interpretBooking,
        '200 with `fault` 429',
        200,
        '<fault code="429" string="Too Many Requests"/>',
      ),
      answer(interpretBooking, '200 that is no XML', 200, 'ok'),
    ],
  },
  {
    platform: 'Expedia',
    answers: [
      ...Object.entries(EXPEDIA).map(([code, { advice }]) => expedia(Number(code), advice)),
      expedia(4_000, 'Expedia’s own trouble: it is repeated'),
      answer(
        interpretExpedia,
        '200 with `RATE_LIMIT_EXCEEDED`',
        200,
        '{"errors":[{"extensions":{"code":"RATE_LIMIT_EXCEEDED"}}]}',
      ),
    ],
  },
  {
    platform: 'Google',
    answers: [
      ...Object.entries(OTA_CODES).map(([code, { advice }]) => google('3', code, advice)),
      ...Object.entries(OTA_TYPES).map(([type, { advice }]) => google(type, '', advice)),
      google('3', '321', null),
    ],
  },
];
