import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { AirbnbPlatform } from './airbnb/platform.ts';
import type { AirbnbSettings } from './airbnb/settings.ts';
import { BookingComPlatform } from './booking_com/platform.ts';
import type { BookingComSettings } from './booking_com/settings.ts';
import { controlRoutes } from './control.ts';
import { ExpediaPlatform } from './expedia/platform.ts';
import type { ExpediaSettings } from './expedia/settings.ts';
import { GooglePlatform } from './google/platform.ts';
import type { GoogleSettings } from './google/settings.ts';
import { ConnectionReset } from './http.ts';
import type { SimulatedPlatform } from './platform.ts';
import { postOverNetwork, realPorts } from './real-ports.ts';

export interface ServeOptions {
  /** 0: a free one. */
  readonly port?: number;
  /** Default: loopback only. */
  readonly host?: string;
}

export interface ServedPlatform<Platform extends SimulatedPlatform = SimulatedPlatform> {
  readonly platform: Platform;
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Drops open connections and cancels all timers. */
  close(): Promise<void>;
}

const LARGEST_BODY = 16 * 1_024 * 1_024;

/** The simulated Airbnb on a port, on the machine's clock. */
export function serveAirbnb(
  settings: Partial<AirbnbSettings> = {},
  options: ServeOptions = {},
): Promise<ServedPlatform<AirbnbPlatform>> {
  return servePlatform(new AirbnbPlatform(realPorts(), postOverNetwork, settings), options);
}

/** The simulated Booking.com on a port, on the machine's clock; all its hosts in one. */
export function serveBookingCom(
  settings: Partial<BookingComSettings> = {},
  options: ServeOptions = {},
): Promise<ServedPlatform<BookingComPlatform>> {
  return servePlatform(new BookingComPlatform(realPorts(), postOverNetwork, settings), options);
}

/** The simulated Expedia on a port, on the machine's clock. */
export function serveExpedia(
  settings: Partial<ExpediaSettings> = {},
  options: ServeOptions = {},
): Promise<ServedPlatform<ExpediaPlatform>> {
  return servePlatform(new ExpediaPlatform(realPorts(), postOverNetwork, settings), options);
}

/** The simulated Google on a port, on the machine's clock. */
export function serveGoogle(
  settings: Partial<GoogleSettings> = {},
  options: ServeOptions = {},
): Promise<ServedPlatform<GooglePlatform>> {
  return servePlatform(new GooglePlatform(realPorts(), postOverNetwork, settings), options);
}

/** Puts a platform on a port: its own calls everywhere, the control API under `/_control`. */
export async function servePlatform<Platform extends SimulatedPlatform>(
  platform: Platform,
  { port = 0, host = '127.0.0.1' }: ServeOptions = {},
): Promise<ServedPlatform<Platform>> {
  const app = Fastify({ bodyLimit: LARGEST_BODY, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  await app.register((control, _options, done) => {
    controlRoutes(control, platform);
    done();
  });
  app.all('/*', (request, reply) => pass(platform, request, reply));
  await app.listen({ port, host });
  const bound = app.server.address() as AddressInfo;
  return {
    platform,
    url: `http://${host}:${bound.port}`,
    port: bound.port,
    close: async () => {
      platform.stop();
      await app.close();
    },
  };
}

async function pass(
  platform: SimulatedPlatform,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  const [path = ''] = request.url.split('?');
  try {
    const answer = await platform.handle({
      method: request.method,
      path,
      query: Object.fromEntries(
        Object.entries(request.query as Record<string, unknown>).map(([name, value]) => [
          name,
          String(value),
        ]),
      ),
      headers,
      body: typeof request.body === 'string' ? request.body : '',
      address: request.ip,
    });
    await reply.code(answer.status).headers(answer.headers).send(answer.body);
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    reply.hijack();
    request.raw.socket.resetAndDestroy();
  }
}
