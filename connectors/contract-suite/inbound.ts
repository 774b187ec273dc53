import { expect, it } from 'vitest';
import { addDays } from '../../schemas/domain/plain-date.ts';
import type { Reservation } from '../../schemas/generated/types.ts';
import type { ParsedReservation } from '../contract.ts';
import { ConnectorHarness, inboundRequest } from '../testing/harness.ts';
import type { ContractOptions, Subject } from './subject.ts';

export function describeInbound(options: ContractOptions): void {
  it('carries a booking, its change and its cancellation from webhook or poll to acknowledgement', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { today } = subject;
    const stay = {
      checkIn: addDays(today, 30),
      checkOut: addDays(today, 33),
      guest: { first: '悟空', last: 'Ó Briain & Søn' },
    };
    const id = subject.book(stay);
    const [created] = await receive(harness, subject);
    expect(created).toMatchObject({
      reservation_id: id,
      status: 'new',
      currency: subject.currency,
    });
    expect(created?.guest).toMatchObject({ first_name: '悟空', last_name: 'Ó Briain & Søn' });
    expect(created?.room_stays).toMatchObject([
      {
        listing: subject.connection.listing,
        room_id: subject.connection.room_id,
        check_in: stay.checkIn,
        check_out: stay.checkOut,
      },
    ]);

    const moved = { ...stay, checkOut: addDays(today, 35) };
    await subject.platform.advance(60_000);
    subject.modify(id, moved);
    const [changed] = await receive(harness, subject);
    expect(changed).toMatchObject({ reservation_id: id, status: 'modified' });
    expect(changed?.room_stays[0]).toMatchObject({
      check_in: moved.checkIn,
      check_out: moved.checkOut,
    });
    expect(changed?.content_hash).not.toBe(created?.content_hash);
    expect(changed?.revised_at ?? 0).toBeGreaterThan(created?.revised_at ?? 0);

    await subject.platform.advance(60_000);
    subject.cancel(id);
    const [cancelled] = await receive(harness, subject);
    expect(cancelled).toMatchObject({ reservation_id: id, status: 'cancelled' });
    expect(subject.violations()).toEqual({});
  });

  it('gives a repeated message the same hash and drains what was acknowledged', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { connector, today } = subject;
    subject.book({ checkIn: addDays(today, 40), checkOut: addDays(today, 42) });
    const [first] = await pollAll(harness);
    const [again] = await pollAll(harness);
    expect(first?.reservation.content_hash).toBe(again?.reservation.content_hash);
    expect(first?.reservation).toEqual(again?.reservation);
    if (first?.messageKind == null) return;
    await acknowledge(harness, first);
    await subject.platform.advance(
      (connector.manifest.inbound.quietSecondsAfterAcknowledge + 1) * 1_000,
    );
    expect(await pollAll(harness)).toEqual([]);
  });

  it('knows its own webhooks and no others', async () => {
    const subject = options.start();
    const { connector, webhookSecret, platform, today } = subject;
    if (webhookSecret === null) {
      const stray = inboundRequest('/', { 'x-signature': 'any' }, '{}');
      for (const secrets of [[], [''], ['any']])
        expect(connector.inbound.verify(stray, secrets, platform.clock.now())).toBe('invalid');
      return;
    }
    subject.book({ checkIn: addDays(today, 30), checkOut: addDays(today, 33) });
    const [message] = await subject.webhooks();
    if (!message) throw new Error('the platform sent no webhook');
    const now = platform.clock.now();
    const verify = connector.inbound.verify;
    expect(verify(message, [webhookSecret], now)).toBe('valid');
    expect(verify(message, ['an old one', webhookSecret], now)).toBe('valid');
    expect(verify(message, ['another'], now)).toBe('invalid');
    expect(verify(message, [], now)).toBe('invalid');
    expect(verify(message, [''], now)).toBe('invalid');
    expect(
      verify({ ...message, body: new Uint8Array([...message.body, 32]) }, [webhookSecret], now),
    ).toBe('invalid');
    expect(verify({ ...message, headers: {} }, [webhookSecret], now)).toBe('invalid');
    expect(verify(message, [webhookSecret], now + 3_600_000)).toBe('stale');
    expect(verify(message, ['another'], now + 3_600_000)).toBe('invalid');
  });

  it('answers nonsense with a coded error or ignores it', () => {
    const { connector } = options.start();
    for (const body of [
      '',
      'null',
      '[1]',
      '{"action":7}',
      '['.repeat(500),
      '{"action":"reservation_requested"}',
      '\u0000',
    ]) {
      try {
        expect(['poll', 'ignored']).toContain(
          connector.inbound.parseWebhook(inboundRequest('/', {}, body)).kind,
        );
      } catch (error) {
        expect(error).toMatchObject({ code: 'REQUEST_MALFORMED' });
      }
    }
  });
}

export function describeNoInbound(options: ContractOptions): void {
  it('takes nothing for a message of its platform', () => {
    const { connector, platform, today } = options.start();
    const { inbound, manifest } = connector;
    const message = inboundRequest('/', {}, '{}');
    expect(inbound.verify(message, ['a secret'], platform.clock.now())).toBe('invalid');
    expect(inbound.listReservations('1', today, null)).toBeNull();
    expect(inbound.fetchReservation('1')).toBeNull();
    expect(manifest.inbound).toMatchObject({ pollSeconds: null, listsReservations: false });
  });
}

/** What a webhook of the platform leads to, acknowledged; each reservation once. */
async function receive(harness: ConnectorHarness, subject: Subject): Promise<Reservation[]> {
  const { inbound } = harness.spec.connector;
  const { webhookSecret } = subject;
  const found = new Map<string, ParsedReservation>();
  if (webhookSecret === null)
    for (const parsed of await pollAll(harness))
      found.set(parsed.reservation.reservation_id, parsed);
  for (const message of await subject.webhooks()) {
    expect(inbound.verify(message, [webhookSecret ?? ''], subject.platform.clock.now())).toBe(
      'valid',
    );
    const content = inbound.parseWebhook(message);
    if (content.kind === 'fetch') {
      const request = inbound.fetchReservation(content.reservationId);
      const parsed = request && inbound.parseReservation(await harness.answer(request));
      if (parsed) found.set(parsed.reservation.reservation_id, parsed);
    } else if (content.kind === 'poll') {
      for (const parsed of await pollAll(harness))
        found.set(parsed.reservation.reservation_id, parsed);
    } else if (content.kind === 'reservation')
      found.set(content.reservation.reservation.reservation_id, content.reservation);
  }
  for (const parsed of found.values()) await acknowledge(harness, parsed);
  await subject.platform.advance(
    harness.spec.connector.manifest.inbound.quietSecondsAfterAcknowledge * 1_000,
  );
  return [...found.values()].map(({ reservation }) => reservation);
}

/** All feeds, drained. */
async function pollAll(harness: ConnectorHarness): Promise<ParsedReservation[]> {
  const { connector, connection } = harness.spec;
  const account = {
    listings: [connection.listing],
    channelAccountId: connection.account_id.split('/')[1] ?? null,
  };
  const found: ParsedReservation[] = [];
  for (const feed of connector.inbound.feeds) {
    let cursor: string | null = null;
    for (let page = 0; page < 20; page += 1) {
      const parsed = connector.inbound.parsePoll(
        feed,
        await harness.answer(connector.inbound.poll(feed, account, cursor)),
        { listings: account.listings, cursor },
      );
      found.push(...parsed.reservations);
      cursor = parsed.next;
      if (cursor === null) break;
    }
  }
  return found;
}

async function acknowledge(harness: ConnectorHarness, parsed: ParsedReservation): Promise<void> {
  const { connector, connection } = harness.spec;
  if (parsed.messageKind === null) return;
  const request = connector.inbound.acknowledge({
    messageKind: parsed.messageKind,
    reservationId: parsed.reservation.reservation_id,
    listing: connection.listing,
    outcome: 'stored',
    bookingReference: 'PMS-1',
    decidedAt: harness.spec.platform.clock.now(),
  });
  if (!request) throw new Error('a message that wants an acknowledgement has none');
  expect(connector.inbound.interpretAcknowledgement(await harness.answer(request))).toBe('done');
}
