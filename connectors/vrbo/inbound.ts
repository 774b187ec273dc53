import { ParityError } from '../../schemas/errors.ts';
import { isTooManyRequests } from '../answers/http-outcome.ts';
import type { InboundCodec } from '../contract.ts';

/** Bookings come as synchronous calls of the platform, which the ingress answers by itself: there is no webhook, no feed and no list. */
export const vrboInbound: InboundCodec = {
  verify: () => 'invalid',
  parseWebhook: () => none('webhooks'),
  feeds: [],
  poll: () => none('feeds'),
  parsePoll: () => none('feeds'),
  fetchReservation: () => null,
  parseReservation: () => none('reservations to fetch'),
  listReservations: () => null,
  parseList: () => none('lists of reservations'),
  acknowledge: () => null,
  isRateLimited: isTooManyRequests,
  interpretAcknowledgement: () => 'gone',
};

function none(what: string): never {
  throw new ParityError('CONNECTION_UNSUPPORTED', `the platform has no ${what}`);
}
