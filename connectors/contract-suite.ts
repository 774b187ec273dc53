import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type PlainDate } from '../schemas/domain/plain-date.ts';
import type { Reservation } from '../schemas/generated/types.ts';
import type {
  Change,
  InboundRequest,
  Observation,
  Outcome,
  ParsedReservation,
  PlannedRequest,
} from './contract.ts';
import {
  cellName,
  changesOf,
  contextOf,
  fullSync,
  type ModelCalendar,
  shownValue,
  withChanges,
} from './testing/calendar.ts';
import { ConnectorHarness, type HarnessSpec, inboundRequest } from './testing/harness.ts';

/** A fault of the simulator, aimed at the next request (or at all, `times: null`) that is a write. */
type WriteFault =
  | { readonly kind: 'fail'; readonly status: number; readonly retryAfter?: number }
  | {
      readonly kind: 'refuse';
      readonly nights: readonly string[];
      readonly field: 'availability' | 'price' | 'restrictions';
      readonly times: null;
    }
  | { readonly kind: 'malformed_body' | 'wrong_content_type' | 'hang' | 'reset' };

/** One simulator core with one connection; limits wide enough that only what a test breaks is broken. */
export interface Subject extends HarnessSpec {
  /** What the platform holds of the connection, by `cellName`. */
  calendar(start: PlainDate, end: PlainDate): ModelCalendar;
  fault(spec: WriteFault & { readonly on?: 'write' }): void;
  violations(): Readonly<Record<string, number>>;
  /** A guest books, changes or cancels; whatever the calendar says. */
  book(stay: Stay): string;
  modify(reservation: string, stay: Stay): void;
  cancel(reservation: string): void;
  /** Messages to us since the last call. */
  webhooks(): Promise<readonly InboundRequest[]>;
  /** Null: the platform sends none, it has to be polled. */
  readonly webhookSecret: string | null;
  expireTokens(): void;
}

export interface Stay {
  readonly checkIn: PlainDate;
  readonly checkOut: PlainDate;
  readonly guest?: { readonly first: string; readonly last: string };
}

export interface ContractOptions {
  /** A new core. `unnamed`: refusals do not say which cell they mean. */
  start(culprits?: 'named' | 'unnamed'): Subject;
  /** Requests that a sync of 500 nights from 1 November 2026 may take. */
  readonly fullSyncRequests: number;
}

/** What every connector must do against the simulator of its platform. */
export function describeConnectorContract(name: string, options: ContractOptions): void {
  describe(`${name}: connector contract`, () => {
    describeWrites(options);
    describeRefusals(options);
    describeAnswers(options);
    const { connector, authenticator } = options.start();
    if (authenticator.kind === 'identity') describeIdentity(options);
    else describeTokens(options);
    if (connector.manifest.readBackFields.length > 0) describeReadBack(options);
    else describeNoReadBack(options);
    if (connector.inbound.feeds.length > 0) describeInbound(options);
    else describeNoInbound(options);
  });
}

function describeWrites(options: ContractOptions): void {
  it('plans each change exactly once and puts exactly the changes on the calendar', async () => {
    const { connector, connection, today } = options.start();
    await fc.assert(
      fc.asyncProperty(changesOf(connector.manifest, connection, today, 120), async (changes) => {
        const subject = options.start();
        const harness = new ConnectorHarness(subject);
        const end = addDays(today, 120);
        const before = subject.calendar(today, end);
        const plan = connector.plan(
          connection,
          changes,
          contextOf(today, subject.currency, changes),
        );
        expect(plan.refused).toEqual([]);
        const planned = plan.requests.flatMap((request) => request.changes).map(cellName);
        expect(planned.sort()).toEqual(changes.map(cellName).sort());
        for (const request of plan.requests) {
          expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
        }
        expect(subject.calendar(today, end)).toEqual(
          withChanges(before, changes, connector.manifest),
        );
        expect(subject.violations()).toEqual({});
      }),
      { numRuns: 25 },
    );
  });

  it('syncs 500 nights in the fewest requests that the platform allows', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { connector, connection, today, currency } = subject;
    const days = Math.min(500, connector.manifest.horizonDays.availability);
    const changes = fullSync(connector.manifest, connection, today, days);
    const plan = connector.plan(connection, changes, contextOf(today, currency, changes));
    expect(plan.refused).toEqual([]);
    expect(plan.requests).toHaveLength(options.fullSyncRequests);
    for (const request of plan.requests)
      expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
    const shown = subject.calendar(today, addDays(today, days));
    for (const change of changes)
      expect([cellName(change), shown.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    expect(subject.violations()).toEqual({});
  });

  it('plans the same changes into the same requests', () => {
    const { connector, connection, today, currency } = options.start();
    const changes = fullSync(connector.manifest, connection, today, 70);
    const context = contextOf(today, currency, changes);
    const forwards = connector.plan(connection, changes, context);
    const backwards = connector.plan(connection, [...changes].reverse(), context);
    expect(backwards.requests.map(({ body }) => body)).toEqual(
      forwards.requests.map(({ body }) => body),
    );
  });

  it('refuses without asking what the channel cannot say', () => {
    const { connector, connection, today, currency } = options.start();
    const foreign: Change = {
      night: today,
      field: 'price',
      ratePlanId: 'no-such-plan',
      value: 10_000,
    };
    const past: Change = {
      night: addDays(today, -2),
      field: 'availability',
      ratePlanId: null,
      value: 0,
    };
    const plan = connector.plan(connection, [foreign, past], contextOf(today, currency));
    expect(plan.requests).toEqual([]);
    expect(plan.refused.map(({ change }) => change)).toEqual([foreign, past]);
  });
}

function describeRefusals(options: ContractOptions): void {
  for (const culprits of ['named', 'unnamed'] as const) {
    it(`finds a refused price (${culprits}) and lands everything else`, async () => {
      const subject = options.start(culprits);
      const harness = new ConnectorHarness(subject);
      const { connector, connection, today, currency } = subject;
      const [bad, alsoBad] = [addDays(today, 5), addDays(today, 12)];
      subject.fault({
        kind: 'refuse',
        nights: [bad, alsoBad],
        field: 'price',
        times: null,
        on: 'write',
      });
      const changes = fullSync(connector.manifest, connection, today, 20);
      const end = addDays(today, 20);
      const before = subject.calendar(today, end);
      const rejected = await deliver(harness, changes, currency);
      const prices = changes.filter(
        ({ field, night }) => field === 'price' && (night === bad || night === alsoBad),
      );
      expect(rejected.map(cellName).sort()).toEqual(prices.map(cellName).sort());
      const landed = changes.filter((change) => !prices.includes(change));
      expect(subject.calendar(today, end)).toEqual(withChanges(before, landed, connector.manifest));
    });

    it(`never blames an innocent field for a refused restriction (${culprits})`, async () => {
      const subject = options.start(culprits);
      const harness = new ConnectorHarness(subject);
      const { today, currency, connection } = subject;
      const plan = connection.rate_plans[0]?.rate_plan_id ?? null;
      const night = addDays(today, 3);
      subject.fault({
        kind: 'refuse',
        nights: [night],
        field: 'restrictions',
        times: null,
        on: 'write',
      });
      const changes: Change[] = [
        { night, field: 'price', ratePlanId: plan, value: 15_000 },
        { night, field: 'min_stay_arrival', ratePlanId: plan, value: 3 },
        { night: addDays(night, 1), field: 'min_stay_arrival', ratePlanId: plan, value: 3 },
      ];
      const rejected = await deliver(harness, changes, currency);
      expect(rejected.map(cellName)).toEqual([`${night} min_stay_arrival ${plan}`]);
      expect(subject.calendar(night, addDays(night, 1)).get(`${night} price ${plan}`)).toBe(15_000);
    });
  }
}

/** A closing of today, planned. */
function oneWriteOf(options: ContractOptions) {
  const subject = options.start();
  const { connector, connection, today, currency } = subject;
  const change: Change = { night: today, field: 'availability', ratePlanId: null, value: 0 };
  const request = connector.plan(connection, [change], contextOf(today, currency))
    .requests[0] as PlannedRequest;
  return { subject, harness: new ConnectorHarness(subject), request };
}

function describeAnswers(options: ContractOptions): void {
  const oneWrite = () => oneWriteOf(options);

  it.each([
    [401, { kind: 'unauthorized' }],
    [403, { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [404, { kind: 'connection_fault', code: 'CHANNEL_LISTING_UNKNOWN' }],
    [429, { kind: 'rate_limited', retryAfterMs: null }],
    [500, { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
    [503, { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
  ])('reads %i', async (status, expected) => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'fail', status, on: 'write' });
    expect(await outcome(harness, request)).toMatchObject(expected);
  });

  it('honours Retry-After', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'fail', status: 429, retryAfter: 7, on: 'write' });
    expect(await outcome(harness, request)).toEqual({ kind: 'rate_limited', retryAfterMs: 7_000 });
  });

  it.each(['malformed_body', 'wrong_content_type'] as const)(
    'calls %s at 200 unknown',
    async (kind) => {
      const { subject, harness, request } = oneWrite();
      subject.fault({ kind, on: 'write' });
      expect(await outcome(harness, request)).toMatchObject({
        kind: 'unknown',
        code: 'CHANNEL_RESPONSE_MALFORMED',
      });
    },
  );

  it('calls a dropped connection ambiguous', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'reset', on: 'write' });
    expect(await harness.send(request)).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_UNREACHABLE',
    });
  });

  it('calls silence ambiguous after the longest life of a request', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'hang', on: 'write' });
    const sending = harness.send(request);
    await subject.platform.advance(20_000);
    expect(await sending).toMatchObject({ kind: 'ambiguous', code: 'CHANNEL_TIMEOUT' });
  });
}

function describeTokens(options: ContractOptions): void {
  it('renews its token after a 401 and is heard again', async () => {
    const { subject, harness, request } = oneWriteOf(options);
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
    subject.expireTokens();
    expect(await outcome(harness, request)).toEqual({ kind: 'unauthorized' });
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
  });
}

/** Platforms that know us by what stands in each call. */
function describeIdentity(options: ContractOptions): void {
  it('has no secret in what it plans, and is heard once it is signed', async () => {
    const { subject, harness, request } = oneWriteOf(options);
    const { authenticator, secrets } = subject;
    if (authenticator.kind !== 'identity') throw new Error('this is a platform with tokens');
    for (const secret of Object.values(secrets))
      if (secret) expect(JSON.stringify(request)).not.toContain(secret);
    const { headers, sign } = authenticator.authorise(secrets);
    const signed = JSON.stringify([headers, sign?.(request.body ?? '')]);
    expect(Object.values(secrets).some((secret) => secret && signed.includes(secret))).toBe(true);
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
  });

  it('blames the connection, never a field, when the platform does not know who calls', async () => {
    const { subject, request } = oneWriteOf(options);
    const { clientId, clientSecret } = subject.secrets;
    const wrong = {
      ...subject.secrets,
      ...(clientSecret ? { clientSecret: `${clientSecret}x` } : { clientId: `${clientId}x` }),
    };
    const harness = new ConnectorHarness({ ...subject, secrets: wrong });
    expect(['connection_fault', 'unauthorized']).toContain((await outcome(harness, request)).kind);
  });

  it('has nothing to sign with when the credential is empty', () => {
    const { authenticator } = options.start();
    if (authenticator.kind !== 'identity') throw new Error('this is a platform with tokens');
    const empty = { clientId: null, clientSecret: null, refreshToken: null };
    expect(() => authenticator.authorise(empty)).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_MISSING' }),
    );
  });
}

function describeNoReadBack(options: ContractOptions): void {
  it('says that nothing can be read back', () => {
    const { connector, connection, today } = options.start();
    const coded = expect.objectContaining({ code: 'MAPPING_UNSUPPORTED' });
    const nights = { start: today, end: addDays(today, 1) };
    expect(() => connector.readBack(connection, nights)).toThrow(coded);
    const response = { status: 200, headers: {}, body: '' };
    expect(() => connector.parseReadBack(connection, response)).toThrow(coded);
  });
}

function describeNoInbound(options: ContractOptions): void {
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

function describeReadBack(options: ContractOptions): void {
  it('reads back what it wrote', async () => {
    const subject = options.start();
    const harness = new ConnectorHarness(subject);
    const { connector, connection, today, currency } = subject;
    const changes = fullSync(connector.manifest, connection, today, 90);
    await deliver(harness, changes, currency);
    const observed: Observation[] = [];
    const step = connector.manifest.readBackNights ?? 90;
    for (let day = 0; day < 90; day += step) {
      const end = addDays(today, Math.min(90, day + step));
      const request = connector.readBack(connection, { start: addDays(today, day), end });
      observed.push(...connector.parseReadBack(connection, await harness.answer(request)));
    }
    const shown = new Map(observed.map((one) => [cellName(one), one.value]));
    const readable = changes.filter(({ field }) =>
      connector.manifest.readBackFields.includes(field),
    );
    expect(readable.length).toBeGreaterThan(0);
    for (const change of readable)
      expect([cellName(change), shown.get(cellName(change))]).toEqual([
        cellName(change),
        shownValue(change, connector.manifest),
      ]);
    expect(new Set(observed.map(({ field }) => field))).toEqual(
      new Set(connector.manifest.readBackFields),
    );
    expect(subject.violations()).toEqual({});
  });

  it('throws a coded error for an answer that is none', () => {
    const { connector, connection } = options.start();
    for (const body of [
      '',
      '<html></html>',
      '{}',
      '[]',
      '{"calendar":{"days":[{}]}}',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ]) {
      expect(() => connector.parseReadBack(connection, { status: 200, headers: {}, body })).toThrow(
        expect.objectContaining({ code: 'CHANNEL_RESPONSE_MALFORMED' }),
      );
    }
  });
}

function describeInbound(options: ContractOptions): void {
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

/** Sends as delivery does: what is not named is halved, what is not refused goes again. Returns what the channel refused. */
async function deliver(
  harness: ConnectorHarness,
  changes: readonly Change[],
  currency: string,
): Promise<Change[]> {
  const { connector, connection, today } = harness.spec;
  const rejected: Change[] = [];
  const queue: (readonly Change[])[] = [changes];
  for (let turn = 0; turn < 400; turn += 1) {
    const group = queue.shift();
    if (!group) return rejected;
    const plan = connector.plan(connection, group, contextOf(today, currency, changes));
    rejected.push(...plan.refused.map(({ change }) => change));
    for (const request of plan.requests) {
      const result = await outcome(harness, request);
      if (result.kind === 'applied') continue;
      if (result.kind !== 'partial' && result.kind !== 'refused')
        throw new Error(JSON.stringify(result));
      const culprits = new Set(result.refused.map(({ change }) => change));
      rejected.push(...culprits);
      const rest = request.changes.filter((change) => !culprits.has(change));
      if (result.kind === 'partial') continue;
      if (culprits.size > 0) {
        if (rest.length > 0) queue.push(rest);
      } else if (rest.length === 1) rejected.push(...rest);
      else queue.push(rest.slice(0, rest.length / 2), rest.slice(rest.length / 2));
    }
  }
  throw new Error('no end of refusals');
}

async function outcome(harness: ConnectorHarness, request: PlannedRequest): Promise<Outcome> {
  return harness.spec.connector.interpret(request, await harness.answer(request));
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
