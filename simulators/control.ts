import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AirbnbPlatform } from './airbnb/platform.ts';
import { BookingComPlatform } from './booking_com/platform.ts';
import * as shapes from './control-shapes.ts';
import { ExpediaPlatform } from './expedia/platform.ts';
import type { FaultSpec } from './faults.ts';
import { GooglePlatform } from './google/platform.ts';
import type { BookingOrder, BookingResult, DriftValues, SimulatedPlatform } from './platform.ts';
import { VrboPlatform } from './vrbo/platform.ts';

type Query = Readonly<Record<string, string | undefined>>;

/**
 * The control API of one platform under `/_control`: what a test, the scenario or a person at the keyboard does to it. JSON in
 * and out; 400 for a wrong call, 404 for an unknown unit, 409 when a guest cannot book.
 */
export function controlRoutes(app: FastifyInstance, platform: SimulatedPlatform): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
    if (error instanceof SyntaxError) return reply.code(400).send({ error: 'the body is no JSON' });
    if (error instanceof RangeError) return reply.code(404).send({ error: error.message });
    throw error;
  });
  observe(app, platform);
  interfere(app, platform);
  guests(app, platform);
  webhooks(app, platform);
  if (platform instanceof AirbnbPlatform) setUpAirbnb(app, platform);
  if (platform instanceof BookingComPlatform) setUpBookingCom(app, platform);
  if (platform instanceof ExpediaPlatform) setUpExpedia(app, platform);
  if (platform instanceof GooglePlatform) setUpGoogle(app, platform);
  if (platform instanceof VrboPlatform) setUpVrbo(app, platform);
}

function observe(app: FastifyInstance, platform: SimulatedPlatform): void {
  app.get('/_control/report', () => platform.report());
  app.get('/_control/violations', () => ({
    counts: platform.ledger.report().violations,
    newest: platform.ledger.violations(),
  }));
  app.get('/_control/reopened', () => platform.ledger.reopened);
  app.get('/_control/reservations', () => platform.reservations());
  app.get('/_control/units', () =>
    platform.units().map((unit) => ({ unit, target: platform.targetOf(unit) })),
  );
  app.get('/_control/requests', (request: FastifyRequest) => {
    const { target, limit } = request.query as Query;
    return platform.ledger.exchanges(target).slice(-Number(limit ?? 1_000));
  });
  app.get('/_control/windows', (request: FastifyRequest) => ({
    fullest: platform.ledger.fullest(Number((request.query as Query).ms ?? 1_000)),
  }));
  app.get('/_control/calendar', (request: FastifyRequest) => {
    const { unit, from, to } = shapes.calendarQuery.parse(request.query);
    return platform.calendar(unit, from, to);
  });
  app.get('/_control/history', (request: FastifyRequest) => {
    const { unit, night } = shapes.nightQuery.parse(request.query);
    return {
      changes: platform.history.of(unit, night),
      sellable: platform.history.sellable(unit, night),
    };
  });
}

function interfere(app: FastifyInstance, platform: SimulatedPlatform): void {
  app.post('/_control/drift', (request) => {
    const { unit, nights, ...values } = shapes.drift.parse(bodyOf(request));
    for (const night of nights) platform.drift(unit, night, values as DriftValues);
    return { drifted: nights.length };
  });
  app.post('/_control/owner-block', (request) => {
    const { unit, from, to, blocked } = shapes.ownerBlock.parse(bodyOf(request));
    platform.ownerBlock(unit, from, to, blocked);
    return { ok: true };
  });
  app.post('/_control/reopen', (request) => {
    const { unit, from, to } = shapes.calendarQuery.parse(bodyOf(request));
    platform.reopen(unit, from, to);
    return { ok: true };
  });
  app.post('/_control/faults', (request) => ({
    id: platform.faults.arm(shapes.fault.parse(bodyOf(request)) as FaultSpec),
  }));
  app.get('/_control/faults', () => ({
    armed: platform.faults.armed(),
    hits: platform.faults.counts(),
  }));
  app.delete('/_control/faults', (request) => {
    const { id } = request.query as Query;
    platform.faults.clear(id === undefined ? undefined : Number(id));
    return { ok: true };
  });
  app.post('/_control/answer-time', (request) => {
    const { low, high } = shapes.answerTime.parse(bodyOf(request));
    platform.setAnswerTime(low, high);
    return { ok: true };
  });
  app.post('/_control/tokens/expire', () => {
    platform.expireTokens();
    return { ok: true };
  });
}

function guests(app: FastifyInstance, platform: SimulatedPlatform): void {
  app.post('/_control/bookings', (request, reply) =>
    outcome(reply, platform.book(shapes.order.parse(bodyOf(request)) as BookingOrder)),
  );
  app.patch('/_control/bookings/:id', (request, reply) =>
    outcome(
      reply,
      platform.modify(idOf(request), shapes.order.parse(bodyOf(request)) as BookingOrder),
    ),
  );
  app.delete('/_control/bookings/:id', (request, reply) => {
    const by = (request.query as Query).by === 'host' ? 'host' : 'guest';
    return outcome(reply, platform.cancel(idOf(request), by));
  });
}

function webhooks(app: FastifyInstance, platform: SimulatedPlatform): void {
  app.get('/_control/webhooks', () => platform.webhooks.deliveries);
  app.post('/_control/webhooks', (request) => {
    platform.webhooks.subscribe(shapes.subscription.parse(bodyOf(request)));
    return { ok: true };
  });
  app.patch('/_control/webhooks', (request) => {
    const { dropNext, duplicateNext, ...policy } = shapes.policy.parse(bodyOf(request));
    const given = Object.fromEntries(
      Object.entries(policy).filter(([, value]) => value !== undefined),
    );
    platform.webhooks.policy = { ...platform.webhooks.policy, ...given };
    platform.webhooks.dropNext = dropNext ?? platform.webhooks.dropNext;
    platform.webhooks.duplicateNext = duplicateNext ?? platform.webhooks.duplicateNext;
    return { ok: true };
  });
}

function setUpAirbnb(app: FastifyInstance, platform: AirbnbPlatform): void {
  app.post('/_control/hosts', (request) =>
    platform.createHost(shapes.host.parse(bodyOf(request)).id),
  );
  app.delete('/_control/hosts/:id', (request) => {
    platform.authorizations.revoke(idOf(request));
    return { ok: true };
  });
  app.post('/_control/listings', (request) => {
    const spec = shapes.listing.parse(bodyOf(request));
    const { id, host, currency, timeZone } = platform.createListing(
      spec as Parameters<AirbnbPlatform['createListing']>[0],
    );
    return { id, host, currency, timeZone };
  });
  app.patch('/_control/listings/:id', (request) => {
    platform.unlink(idOf(request), shapes.linked.parse(bodyOf(request)).linked);
    return { ok: true };
  });
  settings(app, platform, shapes.airbnbSettings);
}

function setUpBookingCom(app: FastifyInstance, platform: BookingComPlatform): void {
  hotels(app, platform);
  settings(app, platform, shapes.bookingComSettings);
}

function setUpExpedia(app: FastifyInstance, platform: ExpediaPlatform): void {
  hotels(app, platform);
  settings(app, platform, shapes.expediaSettings);
}

function setUpGoogle(app: FastifyInstance, platform: GooglePlatform): void {
  app.post('/_control/properties', (request) => {
    const { id, partner, currency, kind } = platform.createProperty(
      shapes.googleProperty.parse(bodyOf(request)) as Parameters<
        GooglePlatform['createProperty']
      >[0],
    );
    return { id, partner, currency, kind };
  });
  settings(app, platform, shapes.googleSettings);
}

function setUpVrbo(app: FastifyInstance, platform: VrboPlatform): void {
  app.post('/_control/advertisers', (request) => {
    const spec = shapes.advertiser.parse(bodyOf(request));
    platform.createAdvertiser(spec as Parameters<VrboPlatform['createAdvertiser']>[0]);
    return { id: spec.id };
  });
  app.post('/_control/units', (request) => {
    const spec = shapes.unit.parse(bodyOf(request));
    const { id, listing } = platform.createUnit(spec as Parameters<VrboPlatform['createUnit']>[0]);
    return { id, listing };
  });
  app.post('/_control/crawl', async () => {
    await platform.crawler.crawl();
    return platform.crawler.counts;
  });
  app.put('/_control/crawler', (request) => {
    const given = Object.entries(shapes.mood.parse(bodyOf(request)));
    platform.setMood(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
    return platform.crawler.mood;
  });
  settings(app, platform, shapes.vrboSettings);
}

/** Platforms of hotels with rooms, each hotel connected to us or not. */
function hotels<Spec>(
  app: FastifyInstance,
  platform: {
    createHotel(spec: Spec): {
      readonly id: string;
      readonly account: string;
      readonly currency: string;
    };
    connect(hotel: string, connected: boolean): void;
  },
): void {
  app.post('/_control/hotels', (request) => {
    const { id, account, currency } = platform.createHotel(
      shapes.hotel.parse(bodyOf(request)) as Spec,
    );
    return { id, account, currency };
  });
  app.patch('/_control/hotels/:id', (request) => {
    platform.connect(idOf(request), shapes.connected.parse(bodyOf(request)).connected);
    return { ok: true };
  });
}

/** Changes those settings that the call names. */
function settings<Settings extends object>(
  app: FastifyInstance,
  platform: { settings: Settings },
  shape: z.ZodType,
): void {
  app.patch('/_control/settings', (request) => {
    platform.settings = {
      ...platform.settings,
      ...(shape.parse(bodyOf(request)) as Partial<Settings>),
    };
    return platform.settings;
  });
}

function outcome(reply: FastifyReply, result: BookingResult): BookingResult {
  if (!result.ok) void reply.code(409);
  return result;
}

/** The server hands every body over as text. */
function bodyOf(request: FastifyRequest): unknown {
  return typeof request.body === 'string' && request.body !== '' ? JSON.parse(request.body) : {};
}

function idOf(request: FastifyRequest): string {
  return z.object({ id: z.string() }).parse(request.params).id;
}
