import type { Connector } from '../../connectors/contract.ts';
import type { PartitionContext } from '../../runtime/stage.ts';
import { dateIn } from '../../schemas/domain/plain-date.ts';
import { ParityError } from '../../schemas/errors.ts';
import type {
  Account,
  AccountConnection,
  AcknowledgeReservation,
} from '../../schemas/generated/types.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { acknowledgementIn } from './acknowledgements.ts';
import type { Arrivals } from './arrivals.ts';
import type { AccountCalls } from './call.ts';
import type { Entry } from './inbox.ts';
import { importRow } from './reports.ts';

/** How long an import waits for the account's row to name its connection, ms: the two come on different topics, in any order. */
const ROW_WAIT_MS = 600_000;
/** A reservation that a webhook names may not be readable at once: so often a 404 is not believed. */
const NOT_FOUND_ATTEMPTS = 5;
/** Most pages of one import; a platform that lists more is looped. */
const PAGES_MAX = 2_000;
/** Shares of the platform's time for an acknowledgement at which its absence is told. */
const ALARMS = [1 / 3, 2 / 3] as const;

/** What an errand may ask of the poller. */
export interface Desk {
  readonly account: Account;
  pollSoon(): void;
  /** An acknowledgement has been sent: the platform wants its quiet before the next poll. */
  acknowledged(): void;
}

/** Does what the inbox asks for: fetch a reservation, tell an outcome, read a connection's reservations in, poll. */
export class Errands {
  readonly #context: PartitionContext;
  readonly #connector: Connector;
  readonly #calls: AccountCalls;
  readonly #arrivals: Arrivals;
  readonly #acknowledgements: Acknowledgements;

  constructor(
    context: PartitionContext,
    connector: Connector,
    calls: AccountCalls,
    arrivals: Arrivals,
    acknowledgements: Acknowledgements,
  ) {
    this.#context = context;
    this.#connector = connector;
    this.#calls = calls;
    this.#arrivals = arrivals;
    this.#acknowledgements = acknowledgements;
  }

  /**
   * True: done, and what came of it is durable; false: to be tried again.
   * @throws ParityError when the platform did not answer as it should; it is tried again too. LEASE_LOST, LOG_UNAVAILABLE
   */
  async run({ message: entry, attempts }: Entry, desk: Desk) {
    const { message, inbox_id, issued_at } = entry;
    if ('parity.events.PollNow' in message) {
      desk.pollSoon();
      return true;
    }
    // Nobody is connected: there is no one to fetch for, nor a credential to sign with. What still matters comes with the polls of whoever
    // connects again.
    const isImport = 'parity.events.ImportReservations' in message;
    if (!isImport && desk.account.connections.length === 0) return true;
    if ('parity.events.FetchReservation' in message) {
      const { reservation_id } = message['parity.events.FetchReservation'];
      return this.#fetch(reservation_id, attempts, desk);
    }
    const acknowledgement = acknowledgementIn(entry);
    if (acknowledgement) return this.#acknowledge(acknowledgement, issued_at, desk);
    if (!isImport) return true;
    const { connection_id } = message['parity.events.ImportReservations'];
    const connection = desk.account.connections.find(
      (one) => one.connection_id === connection_id && one.inbound,
    );
    if (connection) return this.#import(connection, inbox_id, desk.account);
    return this.#context.clock.now() >= issued_at + ROW_WAIT_MS;
  }

  async #fetch(reservationId: string, attempts: number, { account }: Desk): Promise<boolean> {
    const { inbound } = this.#connector;
    const request = inbound.fetchReservation(reservationId);
    if (!request) return true;
    const response = await this.#calls.send(account, request);
    const { status } = response;
    if (status === 404) return attempts + 1 >= NOT_FOUND_ATTEMPTS;
    if (status < 200 || status >= 300) return this.#calls.fail(status);
    const parsed = inbound.parseReservation(response);
    if (parsed) {
      const page = { reservations: [parsed], unreadable: [] };
      await this.#arrivals.store(account, page, 'fetch');
    }
    return true;
  }

  async #acknowledge(wanted: AcknowledgeReservation, issuedAt: number, desk: Desk) {
    const { inbound } = this.#connector;
    const { account } = desk;
    const { clock } = this.#context;
    if (this.#acknowledgements.isAnswered(wanted, clock.now())) return true;
    const connection = account.connections.find(
      ({ connection_id }) => connection_id === wanted.connection_id,
    );
    const request = inbound.acknowledge({
      messageKind: wanted.message_kind,
      reservationId: wanted.reservation_id,
      listing: connection?.listing ?? '',
      outcome: wanted.outcome,
      bookingReference: wanted.booking_reference,
      decidedAt: issuedAt,
    });
    if (!request) return true;
    try {
      const sentAt = clock.now();
      const response = await this.#calls.send(account, request);
      desk.acknowledged();
      const verdict = inbound.interpretAcknowledgement(response);
      if (verdict === 'done') this.#acknowledgements.accepted(wanted, sentAt);
      if (verdict === 'outdated') desk.pollSoon();
      if (verdict !== 'retry') return true;
    } catch (error) {
      await this.#raiseAlarm(wanted, issuedAt, account);
      throw error;
    }
    await this.#raiseAlarm(wanted, issuedAt, account);
    return false;
  }

  /** The platform falls back (it writes to the owner, say) when its time for an acknowledgement is over. */
  async #raiseAlarm({ reservation_id: id }: AcknowledgeReservation, since: number, of: Account) {
    const seconds = this.#connector.manifest.inbound.acknowledgeWithinSeconds;
    if (seconds === null) return;
    const share = (this.#context.clock.now() - since) / (seconds * 1_000);
    const step = ALARMS.findLastIndex((alarm) => share >= alarm);
    if (step < 0) return;
    const minutes = Math.round((share * seconds) / 60);
    const text = `reservation ${id} is stored, but the channel has not taken that in for ${minutes} of ${seconds / 60} minutes`;
    const identity = `unacknowledged ${id} ${since} ${step}`;
    await this.#arrivals.tell(of, [{ code: 'CHANNEL_UNAVAILABLE', text, identity }]);
  }

  /** All future reservations of a connection, before it goes live. Its row says that they are in. */
  async #import(connection: AccountConnection, id: string, account: Account): Promise<boolean> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    // Yesterday's date somewhere: nobody's today is left out.
    const from = dateIn('UTC', startedAt - 86_400_000);
    let read = 0;
    let unreadable = 0;
    let cursor: string | null = null;
    for (let page = 0; ; page++) {
      const request = this.#connector.inbound.listReservations(connection.listing, from, cursor);
      if (!request) break;
      const response = await this.#calls.ask(account, request);
      const list = this.#connector.inbound.parseList(response);
      const count = await this.#arrivals.store(account, list, 'import');
      read += count.read;
      unreadable += count.unreadable;
      if (list.next === null) break;
      if (list.next === cursor || page >= PAGES_MAX)
        throw new ParityError('CHANNEL_RESPONSE_MALFORMED', 'the list of reservations has no end');
      cursor = list.next;
    }
    const status = unreadable > 0 ? 'partial_success' : 'success';
    const times = { startedAt, endedAt: clock.now() };
    const haul = { id, status, read, unreadable, error: null, ...times } as const;
    await this.#context.write([importRow(account, connection, haul)]);
    return true;
  }
}
