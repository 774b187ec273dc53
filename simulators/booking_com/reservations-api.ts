import { toSecond } from '../dates.ts';
import type { Work } from '../gateway.ts';
import { jsonAnswer, type SimRequest, type SimResponse, xmlAnswer } from '../http.ts';
import { descendantsOf, isNode, readXml, tag, textOf } from '../xml.ts';
import type { AcknowledgementResult, PollFilter, ReservationQueue } from './queue.ts';
import type { HotelReservation, QueueName } from './reservation.ts';
import { queueMessage } from './reservation-message.ts';
import type { BookingComRule, BookingComSettings } from './settings.ts';

const LARGEST_PAGE = 200;
/** The documents ask to leave so much time between an acknowledgement and the next poll. */
const QUIET_AFTER_ACKNOWLEDGEMENT_MS = 5_000;

export interface ReservationsContext {
  readonly settings: BookingComSettings;
  readonly account: string;
  readonly now: number;
  readonly queue: ReservationQueue;
  readonly hotel: (
    id: string,
  ) => { readonly account: string; readonly connected: boolean } | undefined;
  readonly violate: (rule: BookingComRule, detail: string) => void;
  readonly advise: (rule: string) => void;
}

interface AckFault {
  readonly status: number;
  readonly code: number;
  readonly text: string;
}

/** Polling and acknowledging of the two reservation queues, and the list of missed messages. */
export class ReservationsApi {
  readonly #lastAcknowledgement = new Map<string, number>();

  poll(queue: QueueName, request: SimRequest, context: ReservationsContext): SimResponse {
    const { hotel_ids: hotelIds, id, last_change: lastChange, limit } = request.query;
    if (lastChange !== undefined && context.settings.recovery) {
      context.violate('last_change_with_recovery', lastChange);
      return fault(queue, {
        status: 400,
        code: 450,
        text: 'last_change is not allowed with the Reservation Recovery API',
      });
    }
    const hotels =
      hotelIds === undefined ? null : hotelIds.split(',').filter((hotel) => hotel !== '');
    const foreign = hotels?.find((hotel) => context.hotel(hotel)?.account !== context.account);
    if (foreign !== undefined) context.violate('forbidden', `hotel ${foreign}`);
    if (hotels?.some((hotel) => hotel === foreign || context.hotel(hotel)?.connected === false)) {
      return fault(queue, { status: 403, code: 392, text: 'Access denied for hotel' });
    }
    const last = this.#lastAcknowledgement.get(`${context.account} ${queue}`);
    if (last !== undefined && context.now - last < QUIET_AFTER_ACKNOWLEDGEMENT_MS)
      context.advise('poll_soon_after_acknowledgement');
    const filter: PollFilter = {
      account: context.account,
      hotels,
      id: id ?? null,
      since: lastChange === undefined ? null : Date.parse(`${lastChange.replace(' ', 'T')}Z`),
      limit: Math.min(LARGEST_PAGE, Math.max(1, Number(limit ?? LARGEST_PAGE) || LARGEST_PAGE)),
    };
    return xmlAnswer(
      200,
      queueMessage(queue, context.queue.poll(queue, filter), context.settings, context.now),
    );
  }

  /** One message may name several reservations; those that pass are done, the worst fault is the answer. */
  acknowledge(
    queue: QueueName,
    request: SimRequest,
    work: Work,
    context: ReservationsContext,
  ): SimResponse {
    const document = readXml(request.body);
    if (document?.root !== `${queue}RS`) {
      context.violate('malformed_xml', `acknowledgement to ${queue}`);
      return fault(queue, { status: 400, code: 450, text: 'The message cannot be read' });
    }
    const { element } = document;
    const success = 'Success' in element;
    const ids = descendantsOf(element, 'HotelReservationID').map(
      (one) => textOf(one, '@ResID_Value') ?? '',
    );
    if (ids.length === 0 || success === ('Errors' in element && isNode(element.Errors))) {
      context.violate('schema_invalid', 'Success or Errors, and a HotelReservationID');
      return fault(queue, {
        status: 400,
        code: 321,
        text: 'Success or Errors, and a HotelReservationID',
      });
    }
    this.#lastAcknowledgement.set(`${context.account} ${queue}`, context.now);
    const faults = [...new Set(ids)].flatMap((id) => this.#one(id, queue, success, work, context));
    const worst = faults.sort((a, b) => b.status - a.status)[0];
    if (worst) return fault(queue, worst);
    return xmlAnswer(
      200,
      tag(`${queue}RS`, { xmlns: 'http://www.opentravel.org/OTA/2003/05', Version: '2.001' }, [
        tag('Success'),
      ]),
    );
  }

  missed(context: ReservationsContext): SimResponse {
    if (!context.settings.recovery)
      return jsonAnswer(403, { error: 'The Reservation Recovery API is not enabled' });
    const data = context.queue.missed(context.account).map((one: HotelReservation) => {
      if (one.waiting) one.waiting.retrievedRevision = one.revision;
      one.handedOut.add(
        one.waiting?.kind === 'new' ? 'OTA_HotelResNotif' : 'OTA_HotelResModifyNotif',
      );
      return {
        hotel_id: one.hotel,
        reservation_id: one.id,
        type: one.waiting?.kind ?? 'new',
        created_at: toSecond(one.createdAt),
      };
    });
    return jsonAnswer(200, { data });
  }

  #one(
    id: string,
    queue: QueueName,
    success: boolean,
    work: Work,
    context: ReservationsContext,
  ): AckFault[] {
    const reservation = context.queue.reservations.get(id);
    if (!reservation) {
      context.violate('ack_unknown_reservation', id);
      return [{ status: 404, code: 783, text: 'Reservation not found' }];
    }
    const hotel = context.hotel(reservation.hotel);
    if (hotel?.account !== context.account) context.violate('forbidden', `reservation ${id}`);
    if (hotel?.account !== context.account || !hotel.connected) {
      return [{ status: 403, code: 392, text: 'Access denied for hotel' }];
    }
    const result = context.queue.acknowledge(reservation, queue, success, work.apply);
    this.#blame(result, id, context);
    if (result === 'accepted' || result === 'rejected') return [];
    return [
      {
        status: 400,
        code: 450,
        text: 'Hotel reservation has transaction message of the wrong type',
      },
    ];
  }

  #blame(result: AcknowledgementResult, id: string, context: ReservationsContext): void {
    if (result === 'wrong_path') context.violate('ack_wrong_path', id);
    if (result === 'before_retrieval') context.violate('ack_before_retrieval', id);
  }
}

function fault(queue: QueueName, { status, code, text }: AckFault): SimResponse {
  return xmlAnswer(
    status,
    tag(`${queue}RS`, { xmlns: 'http://www.opentravel.org/OTA/2003/05', Version: '2.001' }, [
      tag('Errors', {}, [tag('Error', { Type: 3, Code: code, ShortText: text })]),
    ]),
  );
}
