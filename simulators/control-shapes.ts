import { z } from 'zod';
import { readDate } from './dates.ts';
import { FAULT_KINDS } from './faults.ts';

/** Bodies and queries of the control API. Unknown fields are refused: a typing error must not pass for a fault. */
const night = z
  .string()
  .refine((text) => readDate(text) !== undefined, 'must be a date yyyy-mm-dd');
const window = z.strictObject({ limit: z.int().nonnegative(), windowMs: z.int().positive() });
const reopening = z.enum(['own', 'always', 'never']);
const culprits = z.enum(['named', 'unnamed']);
const room = z.strictObject({
  unit: z.string(),
  rate: z.string().optional(),
  index: z.string().optional(),
  checkIn: night,
  checkOut: night,
  adults: z.int().positive().optional(),
  children: z.int().nonnegative().optional(),
});

export const calendarQuery = z.strictObject({ unit: z.string(), from: night, to: night });
export const nightQuery = z.strictObject({ unit: z.string(), night });
export const drift = z.strictObject({
  unit: z.string(),
  nights: z.array(night).min(1),
  availability: z.int().nonnegative().optional(),
  closed: z.boolean().optional(),
  rate: z.string().optional(),
  price: z.int().nonnegative().optional(),
  minStay: z.int().positive().optional(),
});
export const ownerBlock = z.strictObject({
  unit: z.string(),
  from: night,
  to: night,
  blocked: z.boolean(),
});
export const answerTime = z.strictObject({
  low: z.number().nonnegative(),
  high: z.number().nonnegative(),
});
export const order = z.strictObject({
  rooms: z.array(room).min(1),
  guest: z.strictObject({ first: z.string(), last: z.string() }).optional(),
  force: z.boolean().optional(),
  request: z.boolean().optional(),
});
export const fault = z
  .strictObject({
    kind: z.enum(FAULT_KINDS),
    target: z.string().optional(),
    on: z.enum(['write', 'read', 'poll', 'acknowledge', 'fetch', 'token', 'other']).optional(),
    times: z.int().positive().nullable().optional(),
    probability: z.number().min(0).max(1).optional(),
    status: z.int().min(400).max(599).optional(),
    retryAfter: z.int().nonnegative().optional(),
    delay: z.number().nonnegative().optional(),
    applied: z.boolean().optional(),
    answer: z.enum(['none', 'gateway_timeout']).optional(),
    share: z.number().min(0).max(1).optional(),
    bytes: z.int().positive().optional(),
    nights: z.array(night).optional(),
    field: z.enum(['availability', 'price', 'restrictions']).optional(),
  })
  .refine(({ kind, status }) => kind !== 'fail' || status !== undefined, 'fail needs status')
  .refine(
    ({ kind, delay }) => (kind !== 'slow' && kind !== 'apply_late') || delay !== undefined,
    'needs delay in ms',
  )
  .refine(({ kind, share }) => kind !== 'partial' || share !== undefined, 'partial needs share');
export const subscription = z.strictObject({
  scope: z.string().nullable().default(null),
  url: z.url(),
  secret: z.string().min(1),
});
export const policy = z.strictObject({
  duplicate: z.number().min(0).max(1).optional(),
  drop: z.number().min(0).max(1).optional(),
  delay: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).optional(),
  backOff: z.array(z.number().positive()).min(1).optional(),
  giveUpAfter: z.number().positive().optional(),
  dropNext: z.int().nonnegative().optional(),
  duplicateNext: z.int().nonnegative().optional(),
});
export const host = z.strictObject({ id: z.string().regex(/^\d+$/, 'must be digits') });
export const listing = z.strictObject({
  id: z.string().regex(/^\d+$/, 'must be digits').optional(),
  host: z.string(),
  name: z.string().optional(),
  currency: z.string().length(3).optional(),
  timeZone: z.string().optional(),
  defaultPrice: z.int().nonnegative().optional(),
  initiallyOpen: z.boolean().optional(),
});
export const linked = z.strictObject({ linked: z.boolean() });
export const connected = z.strictObject({ connected: z.boolean() });
export const hotel = z.strictObject({
  id: z.string(),
  name: z.string().optional(),
  currency: z.string().length(3).optional(),
  account: z.string().optional(),
  rooms: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string().optional(),
        units: z.int().positive().optional(),
        rates: z.array(z.strictObject({ id: z.string(), name: z.string().optional() })).min(1),
      }),
    )
    .min(1),
});
export const airbnbSettings = z
  .strictObject({
    listingLimit: window,
    addressLimits: z.array(window),
    tokenLimit: window,
    tokenLifeMs: z.int().positive(),
    webhookNamesListing: z.boolean(),
    reopening,
    asyncDelay: z.number().nonnegative(),
    culprits,
    usdPer: z.record(z.string(), z.number().positive()),
    wholePrices: z.boolean(),
  })
  .partial();
export const bookingComSettings = z
  .strictObject({
    hotelLimit: window,
    endpointLimit: window,
    accountLimit: window,
    tokenLimit: window,
    tokenLifeMs: z.int().positive(),
    rangeEnd: z.enum(['inclusive', 'exclusive']),
    culprits,
    reopening,
    amounts: z.enum(['integer', 'decimal']),
    acknowledgementLag: z.number().nonnegative(),
    recovery: z.boolean(),
    bareCancellations: z.boolean(),
    priceBounds: z.strictObject({ min: z.int(), max: z.int() }),
  })
  .partial();
export const expediaSettings = z
  .strictObject({
    userLimit: window,
    limitAnswer: z.enum(['status', 'body']),
    culprits,
    reopening,
    lengthOfStay: z.enum(['arrival', 'stay_through']),
    thresholds: z.strictObject({ min: z.int(), max: z.int() }),
    longestMinLos: z.int().positive(),
    maxUpdates: z.int().positive(),
    maxBytes: z.int().positive(),
    virtualCard: z.enum(['card', 'instruction', 'none']),
  })
  .partial();
export const googleProperty = z.strictObject({
  id: z.string().min(1),
  currency: z.string().length(3).optional(),
  timeZone: z.string().optional(),
  partner: z.string().optional(),
  kind: z.enum(['rental', 'hotel']).optional(),
});
export const googleSettings = z
  .strictObject({
    partners: z.array(z.string().min(1)).min(1),
    addresses: z.array(z.string()),
    propertyLimit: window,
    accountLimit: window,
    culprits,
    largestMessage: z.int().positive(),
    overlayScope: z.enum(['dates', 'packages']),
    lateMessages: z.enum(['applied', 'dropped']),
  })
  .partial();
export const advertiser = z.strictObject({
  id: z.string().min(1),
  user: z.string(),
  password: z.string(),
  indexes: z
    .strictObject({
      listing: z.url(),
      configuration: z.url(),
      rates: z.url(),
      availability: z.url(),
    })
    .partial(),
});
export const unit = z.strictObject({
  listing: z.string().min(1),
  unit: z.string().min(1).optional(),
  advertiser: z.string().min(1),
});
export const mood = z
  .strictObject({
    away: z.boolean(),
    password: z.string().nullable(),
    slowMs: z.number().nonnegative(),
    loseNext: z.int().nonnegative(),
  })
  .partial();
export const vrboSettings = z
  .strictObject({
    crawlIntervalMs: z.int().positive(),
    staticIntervalMs: z.int().positive(),
    patienceMs: z.int().positive(),
  })
  .partial();
