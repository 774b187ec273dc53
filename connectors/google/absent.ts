import { ParityError } from '../../schemas/errors.ts';
import { isTooManyRequests } from '../answers/http-outcome.ts';
import type { InboundCodec } from '../contract.ts';

/**
 * Google sends no reservation and no webhook, and shows nothing of what it stored. The manifest says so (no feeds, no read-back fields);
 * whoever calls these all the same has overlooked it.
 */
export const googleInbound: InboundCodec = {
  verify: () => 'invalid',
  parseWebhook: () => absent('webhooks'),
  feeds: [],
  poll: () => absent('reservations to poll'),
  parsePoll: () => absent('reservations to poll'),
  fetchReservation: () => null,
  parseReservation: () => null,
  listReservations: () => null,
  parseList: () => absent('list of reservations'),
  acknowledge: () => null,
  isRateLimited: isTooManyRequests,
  interpretAcknowledgement: () => absent('acknowledgements'),
};

/** @throws ParityError CONNECTION_UNSUPPORTED, always. */
export function readBackGoogle(): never {
  return absent('read-back');
}

/** @throws ParityError CONNECTION_UNSUPPORTED, always. */
export function parseReadBackGoogle(): never {
  return absent('read-back');
}

function absent(what: string): never {
  throw new ParityError('CONNECTION_UNSUPPORTED', `Google has no ${what}`);
}
