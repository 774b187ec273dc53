import type {
  AcceptedAcknowledgement,
  AcknowledgeReservation,
  InboxMessage,
} from '../../schemas/generated/types.ts';

/** What was accepted longer ago is forgotten, ms: a repeat that comes so late goes out, and the platform says itself that it is one. */
const KEPT_MS = 86_400_000;
const KEPT_MAX = 1_000;

export function acknowledgementIn({ message }: InboxMessage): AcknowledgeReservation | undefined {
  return 'parity.events.AcknowledgeReservation' in message
    ? message['parity.events.AcknowledgeReservation']
    : undefined;
}

/**
 * Acknowledgements that the platform took. A message that is handed out twice before it is acknowledged has two deliveries, each with an
 * acknowledgement of its own. The second of them says nothing new, and may come when the platform has gone on to the next transaction of the
 * booking and refuses it. What the platform hands out after the acknowledgement was received after it too, and is acknowledged again.
 */
export class Acknowledgements {
  #accepted = new Map<string, AcceptedAcknowledgement>();

  load(accepted: readonly AcceptedAcknowledgement[]): void {
    this.#accepted = new Map(accepted.map((one) => [nameOf(one), one]));
  }

  /**
   * One that left later than this message was received has been accepted. What lies in the future was written by an owner whose clock was ahead, and
   * says nothing. A clock that is behind by less drops an acknowledgement until the platform hands the message out again.
   * @param now ms, wall clock
   */
  isAnswered(wanted: AcknowledgeReservation, now: number): boolean {
    const { sent_at: sentAt } = this.#accepted.get(nameOf(wanted)) ?? {};
    return sentAt !== undefined && sentAt > wanted.received_at && sentAt <= now;
  }

  /** @param sentAt ms, wall clock, before it left */
  accepted(wanted: AcknowledgeReservation, sentAt: number): void {
    const { reservation_id, message_kind, outcome } = wanted;
    const name = nameOf(wanted);
    this.#accepted.delete(name);
    this.#accepted.set(name, {
      reservation_id,
      message_kind,
      outcome,
      sent_at: Math.round(sentAt),
    });
    for (const [old, { sent_at }] of this.#accepted) {
      if (sent_at >= sentAt - KEPT_MS && this.#accepted.size <= KEPT_MAX) break;
      this.#accepted.delete(old);
    }
  }

  values(): AcceptedAcknowledgement[] {
    return [...this.#accepted.values()];
  }
}

type Named = Pick<AcknowledgeReservation, 'reservation_id' | 'message_kind' | 'outcome'>;

function nameOf({ reservation_id, message_kind, outcome }: Named): string {
  return JSON.stringify([reservation_id, message_kind, outcome]);
}
