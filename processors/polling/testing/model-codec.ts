import type {
  ChannelResponse,
  Connector,
  InboundCodec,
  ParsedReservation,
} from '../../../connectors/contract.ts';
import type { UnreadableReservation } from '../../../connectors/inbound/unreadable.ts';
import { ParityError } from '../../../schemas/errors.ts';
import type { Reservation } from '../../../schemas/generated/types.ts';
import { modelConnector } from '../../delivery/testing/model-connector.ts';
import type { ModelReservation } from './model-platform.ts';

interface Body {
  readonly reservations: readonly ModelReservation[];
  readonly next?: string | null;
  readonly cursor?: string | null;
}

export interface CodecOptions {
  /** Default: the queue alone. */
  readonly feeds?: readonly ('queue' | 'changes')[];
  readonly pollSeconds?: number | null;
  readonly perSecond?: number;
  readonly fetches?: boolean;
}

/** What the platform says inside a success. */
const TOO_FAST = 'too fast';

/** The codec of the model platform, as a connector without anything outbound. */
export function modelCodec(options: CodecOptions = {}): Connector {
  const connector = modelConnector();
  const { perSecond, pollSeconds = 20 } = options;
  return {
    ...connector,
    manifest: {
      ...connector.manifest,
      limits: perSecond
        ? [{ scope: 'account', requests: perSecond, windowMs: 1_000 }]
        : connector.manifest.limits,
      inbound: {
        pollSeconds,
        acknowledgeWithinSeconds: 1_800,
        quietSecondsAfterAcknowledge: 5,
        listsReservations: true,
      },
    },
    inbound: inbound(options),
  };
}

function inbound({ feeds = ['queue'], fetches = true }: CodecOptions): InboundCodec {
  return {
    verify: () => 'valid',
    parseWebhook: () => ({ kind: 'ignored', eventType: 'none' }),
    feeds,
    poll: (feed, account, cursor) =>
      get(feed, { listings: account.listings.join(','), ...(cursor ? { cursor } : {}) }),
    parsePoll: (feed, response) => {
      const { next = null, cursor = null, ...page } = parse(response, feed);
      return { ...page, next, cursor };
    },
    fetchReservation: (id) => (fetches ? get('reservation', { name: id }) : null),
    parseReservation: (response) => parse(response, 'fetch').reservations[0] ?? null,
    listReservations: (listing, _from, cursor) =>
      get('list', { name: listing, ...(cursor ? { cursor } : {}) }),
    parseList: (response) => {
      const { next = null, ...page } = parse(response, 'list');
      return { ...page, next };
    },
    acknowledge: ({ messageKind, reservationId }) =>
      get('acknowledge', { name: `${reservationId}:${messageKind.split(':')[1]}` }),
    isRateLimited: ({ status, body }) => status === 429 || body === TOO_FAST,
    interpretAcknowledgement: ({ status }) =>
      status === 200 ? 'done' : status === 400 ? 'outdated' : status === 404 ? 'gone' : 'retry',
  };
}

function get(endpoint: string, query: Record<string, string>) {
  const path = `/${endpoint}?${new URLSearchParams(query)}`;
  return { endpoint, method: 'GET' as const, host: 'api', path, headers: {}, body: null };
}

function parse(response: ChannelResponse, feed: string) {
  let body: Body;
  try {
    body = JSON.parse(response.body) as Body;
  } catch (cause) {
    throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'no JSON', { cause });
  }
  const reservations: ParsedReservation[] = [];
  const unreadable: UnreadableReservation[] = [];
  for (const one of body.reservations) {
    const messageKind = feed === 'queue' ? `queue:${one.revision}` : null;
    if (one.note === 'unreadable')
      unreadable.push({ reservationId: one.id, messageKind, message: 'no check-in' });
    else reservations.push({ reservation: reservationOf(one), messageKind });
  }
  return { reservations, unreadable, next: body.next, cursor: body.cursor };
}

function reservationOf({ id, listing, room, revision, note }: ModelReservation): Reservation {
  return {
    reservation_id: id,
    status: 'new',
    revised_at: revision,
    content_hash: `${id} ${revision}`,
    guest: {},
    room_stays: [
      { room_stay: '1', listing, room_id: room, connection_id: null, property_id: null },
    ],
    special_requests: note ?? null,
  } as unknown as Reservation;
}
