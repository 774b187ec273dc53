import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import type { ChannelRequest } from '../contract.ts';
import type { CredentialSource } from './authorise.ts';
import { replaceBaseUrls, targetOf } from './hosts.ts';
import { createInProcessCarrier, NotReached, type Platform } from './in-process.ts';
import type { ChannelTransport, SendOptions, TransportResult } from './port.ts';
import { type Carrier, createTransport } from './transport.ts';
import { createUndiciCarrier } from './undici-carrier.ts';

const channel = 'airbnb' as ChannelType;
const request: ChannelRequest = {
  endpoint: 'calendar_operations',
  method: 'POST',
  host: 'api',
  path: '/v2/x?y=1',
  headers: { 'content-type': 'application/json' },
  body: '{"a":"ü"}',
};
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const timers = {
  after: (delay: number, task: () => void) => {
    const timer = setTimeout(task, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
const noCredentials: CredentialSource = {
  authorisationFor: () => Promise.resolve({ headers: {} }),
  refused: () => undefined,
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Handler = (incoming: IncomingMessage, body: string, outgoing: ServerResponse) => void;

async function listen(handler: Handler): Promise<{
  url: string;
  requests: { incoming: IncomingMessage; body: string }[];
  server: Server;
  sockets: Set<unknown>;
}> {
  const requests: { incoming: IncomingMessage; body: string }[] = [];
  const sockets = new Set<unknown>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ incoming, body });
      handler(incoming, body, outgoing);
    });
    incoming.on('error', () => outgoing.destroy());
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, server, sockets };
}

function over(carrier: Carrier, credentials: CredentialSource = noCredentials): ChannelTransport {
  const transport = createTransport(carrier, { timers, logger: silent, credentials });
  closers.push(() => transport.close());
  return transport;
}

function undiciTo(
  url: string,
  more: Partial<Parameters<typeof createUndiciCarrier>[0]> = {},
  credentials = noCredentials,
) {
  return over(
    createUndiciCarrier({ baseUrls: { airbnb: { api: url } }, clock, ...more }),
    credentials,
  );
}

const signedBy = (credentialId: string | null) => ({
  credentialId,
  signal: new AbortController().signal,
});

function send(
  transport: ChannelTransport,
  options: Partial<SendOptions> = {},
): Promise<TransportResult> {
  const defaults: SendOptions =
    options.credentialId === undefined
      ? { ...signedBy(null), unsigned: true }
      : signedBy(options.credentialId);
  return transport.send(channel, request, { ...defaults, ...options });
}

describe('undici carrier', () => {
  it('sends what it is given and returns the whole answer, whatever the status', async () => {
    const { url, requests } = await listen((_incoming, _body, outgoing) => {
      outgoing.writeHead(302, { location: '/elsewhere', 'X-Thing': 'a' }).end('grüß');
    });
    const result = await send(undiciTo(`${url}/base/`), { traceparent: '00-1-2-01' });
    expect(result).toMatchObject({
      kind: 'response',
      response: { status: 302, body: 'grüß', headers: { 'x-thing': 'a' } },
    });
    expect(requests).toHaveLength(1);
    const [{ incoming, body } = { incoming: undefined, body: '' }] = requests;
    expect([incoming?.method, incoming?.url, body]).toEqual([
      'POST',
      '/base/v2/x?y=1',
      request.body,
    ]);
    expect(incoming?.headers).toMatchObject({
      'content-type': 'application/json',
      traceparent: '00-1-2-01',
    });
  });

  it('keeps its sockets', async () => {
    const { url, sockets } = await listen((_incoming, _body, outgoing) => outgoing.end('ok'));
    const transport = undiciTo(url, { connectionsPerHost: 1 });
    for (let turn = 0; turn < 5; turn += 1)
      expect(await send(transport)).toMatchObject({ kind: 'response' });
    expect(sockets.size).toBe(1);
  });

  it('knows that nothing was sent to a port that refuses', async () => {
    const probe = createTcpServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    expect(await send(undiciTo(`http://127.0.0.1:${port}`))).toMatchObject({
      kind: 'notSent',
      reason: 'unreachable',
      code: 'CHANNEL_UNREACHABLE',
    });
  });

  it('knows that nothing was sent to a host that has no address', async () => {
    expect(await send(undiciTo('http://host.invalid'))).toMatchObject({
      kind: 'notSent',
      reason: 'unreachable',
      code: 'CHANNEL_UNREACHABLE',
    });
  });

  it('knows that nothing was sent over a TLS handshake that failed', async () => {
    const plain = await listen((_incoming, _body, outgoing) => outgoing.end('ok'));
    expect(await send(undiciTo(plain.url.replace('http:', 'https:')))).toMatchObject({
      kind: 'notSent',
      reason: 'unreachable',
    });
    expect(plain.requests).toHaveLength(0);
  });

  it('calls a connection that drops after the request ambiguous', async () => {
    const { url, requests } = await listen((incoming) => incoming.socket.destroy());
    expect(await send(undiciTo(url))).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_UNREACHABLE',
    });
    expect(requests).toHaveLength(1);
  });

  it('calls an answer that is cut ambiguous', async () => {
    const { url } = await listen((incoming, _body, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' });
      outgoing.write('half', () => incoming.socket.destroy());
    });
    expect(await send(undiciTo(url))).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_UNREACHABLE',
    });
  });

  it('calls silence, and an answer that does not end, ambiguous', async () => {
    const silentHost = await listen(() => undefined);
    expect(await send(undiciTo(silentHost.url), { timeoutMs: 50 })).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_TIMEOUT',
    });
    const endless = await listen((_incoming, _body, outgoing) => {
      outgoing.writeHead(200);
      outgoing.write('x');
    });
    expect(await send(undiciTo(endless.url), { timeoutMs: 50 })).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_TIMEOUT',
    });
  });

  it('gives up on an answer that is too large', async () => {
    const { url } = await listen((_incoming, _body, outgoing) => outgoing.end('x'.repeat(2_000)));
    expect(await send(undiciTo(url), { maxAnswerBytes: 1_000 })).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_RESPONSE_MALFORMED',
    });
  });

  it('does so in the same process too', async () => {
    const large: Platform = () =>
      Promise.resolve({ status: 200, headers: {}, body: 'ü'.repeat(600) });
    const transport = over(createInProcessCarrier(large, clock));
    expect(await send(transport, { maxAnswerBytes: 1_000 })).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_RESPONSE_MALFORMED',
    });
    expect(await send(transport)).toMatchObject({ kind: 'response' });
  });

  it('lets many that hang keep no other waiting', async () => {
    const { url, requests } = await listen((incoming, _body, outgoing) => {
      if (!incoming.url?.endsWith('/hang')) outgoing.end('ok');
    });
    const transport = undiciTo(url);
    const lease = new AbortController();
    const to = (path: string) =>
      transport.send(
        channel,
        { ...request, path },
        { ...signedBy(null), unsigned: true, signal: lease.signal },
      );
    // 64 hotels, each with the four requests that a manifest allows.
    let over = 0;
    const hanging = Array.from({ length: 64 * 4 }, () => to('/hang').finally(() => over++));
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(hanging.length);
    const others = await Promise.all(Array.from({ length: 20 }, () => to('/ok')));
    expect(others.map(({ kind }) => kind)).toEqual(others.map(() => 'response'));
    expect(over).toBe(0);
    lease.abort();
    await Promise.all(hanging);
  });

  it('takes a request back in the turn of its write, without a byte and without losing the socket', async () => {
    const { url, requests, sockets } = await listen((_incoming, _body, outgoing) =>
      outgoing.end('ok'),
    );
    const transport = undiciTo(url, { connectionsPerHost: 1 });
    await send(transport);
    let asked = 0;
    const withheld = await send(transport, {
      atSocket: () => {
        asked += 1;
        return false;
      },
    });
    expect(withheld).toMatchObject({ kind: 'notSent', reason: 'withheld' });
    expect(asked).toBe(1);
    expect(await send(transport)).toMatchObject({ kind: 'response' });
    expect([requests.length, sockets.size]).toEqual([2, 1]);
  });

  it('asks the sender only once a socket is free', async () => {
    const waiting: ServerResponse[] = [];
    const { url, requests } = await listen((_incoming, _body, outgoing) => waiting.push(outgoing));
    const transport = undiciTo(url, { connectionsPerHost: 1 });
    const first = send(transport);
    let wanted = true;
    const second = send(transport, { atSocket: () => wanted });
    await expect.poll(() => requests.length).toBe(1);
    wanted = false;
    waiting[0]?.end('ok');
    expect(await first).toMatchObject({ kind: 'response' });
    expect(await second).toMatchObject({ kind: 'notSent', reason: 'withheld' });
    expect(requests).toHaveLength(1);
  });

  it('tells an abort before the write from one after it', async () => {
    const waiting: ServerResponse[] = [];
    const { url, requests } = await listen((_incoming, _body, outgoing) => waiting.push(outgoing));
    const transport = undiciTo(url, { connectionsPerHost: 1 });
    const lease = new AbortController();
    const written = send(transport, { signal: lease.signal });
    const queued = send(transport, { signal: lease.signal });
    await expect.poll(() => requests.length).toBe(1);
    lease.abort();
    expect(await written).toMatchObject({ kind: 'ambiguous', code: 'LEASE_LOST' });
    expect(await queued).toMatchObject({ kind: 'notSent', reason: 'aborted' });
    expect(await send(transport, { signal: lease.signal })).toMatchObject({
      kind: 'notSent',
      reason: 'aborted',
    });
    expect(requests).toHaveLength(1);
  });

  it('never sends a request a second time over a socket that the platform had closed', async () => {
    const { url, requests, server } = await listen((_incoming, _body, outgoing) =>
      outgoing.end('ok'),
    );
    const transport = undiciTo(url);
    await send(transport);
    server.closeAllConnections();
    const result = await send(transport);
    const seen = requests.length;
    if (result.kind === 'response') expect(seen).toBe(2);
    else expect(seen).toBe(1);
  });
});

describe('transport stack', () => {
  const answering = (status: number, seen: Parameters<Platform>[0][] = []) =>
    createInProcessCarrier((wire) => {
      seen.push(wire);
      return Promise.resolve({ status, headers: {}, body: '' });
    }, clock);

  it('adds the headers of the credential and gives a refused token up', async () => {
    const seen: Parameters<Platform>[0][] = [];
    const refused: unknown[] = [];
    const credentials: CredentialSource = {
      authorisationFor: (id) => Promise.resolve({ headers: { authorization: `Bearer ${id}` } }),
      refused: (id, authorisation) => {
        refused.push([id, authorisation]);
      },
    };
    expect(
      await send(over(answering(401, seen), credentials), { credentialId: 'c1' }),
    ).toMatchObject({ kind: 'response', response: { status: 401 } });
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer c1',
      'content-type': 'application/json',
    });
    expect(refused).toEqual([['c1', { headers: { authorization: 'Bearer c1' } }]]);
  });

  it('signs the message where the platform wants it there', async () => {
    const seen: Parameters<Platform>[0][] = [];
    const credentials: CredentialSource = {
      ...noCredentials,
      authorisationFor: (id) =>
        Promise.resolve({ headers: {}, sign: (body) => `<by>${id}</by>${body}` }),
    };
    await send(over(answering(200, seen), credentials), { credentialId: 'c1' });
    expect(seen[0]?.body).toBe(`<by>c1</by>${request.body}`);
  });

  it('sends nothing without a credential and says why', async () => {
    const seen: Parameters<Platform>[0][] = [];
    const credentials: CredentialSource = {
      ...noCredentials,
      authorisationFor: () => Promise.reject(new ParityError('CREDENTIAL_EXPIRED', 'gone')),
    };
    const asked: string[] = [];
    for (const [id, code] of [
      ['c1', 'CREDENTIAL_EXPIRED'],
      [null, 'CREDENTIAL_MISSING'],
    ] as const) {
      const result = await send(over(answering(200, seen), credentials), {
        credentialId: id,
        beforeSocket: () => asked.push('slot') > 0,
      });
      expect(result).toMatchObject({ kind: 'notSent', reason: 'unauthorized', code });
      expect([seen.length, asked.length]).toEqual([0, 0]);
    }
  });

  it('asks for the slot before the socket, and for nothing more once that was refused', async () => {
    const order: string[] = [];
    const hooks = {
      beforeSocket: () => order.push('slot') > 0,
      atSocket: () => order.push('socket') > 0,
    };
    await send(over(answering(200)), hooks);
    expect(order).toEqual(['slot', 'socket']);
    order.length = 0;
    await send(over(answering(200)), { ...hooks, atSocket: () => false });
    expect(order).toEqual(['slot']);
    order.length = 0;
    expect(
      await send(over(answering(200)), { ...hooks, beforeSocket: () => Promise.resolve(false) }),
    ).toMatchObject({ kind: 'notSent', reason: 'withheld' });
    expect(order).toEqual([]);
  });

  it('does not shorten the life of a request by the wait for its slot', async () => {
    const transport = over(answering(200));
    const result = await send(transport, {
      timeoutMs: 30,
      beforeSocket: () => new Promise((resolve) => setTimeout(() => resolve(true), 60)),
    });
    expect(result.kind).toBe('response');
  });

  it('tells apart what a platform in the same process did', async () => {
    const of = (platform: Platform, options: Partial<SendOptions> = {}) =>
      send(over(createInProcessCarrier(platform, clock)), options);
    expect(await of(() => Promise.reject(new NotReached()))).toMatchObject({
      kind: 'notSent',
      reason: 'unreachable',
    });
    expect(await of(() => Promise.reject(new Error('reset')))).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_UNREACHABLE',
    });
    expect(await of(() => new Promise(() => undefined), { timeoutMs: 20 })).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_TIMEOUT',
    });
    const huge = { status: 200, headers: {}, body: 'x'.repeat(17_000_000) };
    expect(await of(() => Promise.resolve(huge))).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_RESPONSE_MALFORMED',
    });
    const lease = new AbortController();
    const sending = of(() => new Promise(() => undefined), { signal: lease.signal });
    setTimeout(() => lease.abort(), 5);
    expect(await sending).toMatchObject({ kind: 'ambiguous', code: 'LEASE_LOST' });
  });
});

describe('base URLs', () => {
  it('are replaced one by one, and only where the channel has such a host', () => {
    const defaults = {
      airbnb: { api: 'https://api.example' },
      booking_com: { ari: 'https://a.example', auth: 'https://b.example' },
    };
    expect(replaceBaseUrls(defaults, { booking_com: { auth: 'http://127.0.0.1:1' } })).toEqual({
      airbnb: { api: 'https://api.example' },
      booking_com: { ari: 'https://a.example', auth: 'http://127.0.0.1:1' },
    });
    for (const wrong of [{ airbnb: { ari: 'http://x' } }, { vrbo: { api: 'http://x' } }]) {
      expect(() => replaceBaseUrls(defaults, wrong as never)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });

  it('may be added where a host has no public address, and nowhere else', () => {
    const added = { vrbo: { hint: 'https://hints.test' } };
    expect(replaceBaseUrls({ vrbo: {} }, added, { vrbo: ['hint'] })).toEqual(added);
    expect(() => replaceBaseUrls({ vrbo: {} }, added, { airbnb: ['hint'] })).toThrow(/no host/);
  });

  it('may have a path in front', () => {
    expect(targetOf({ a: { b: 'http://h:1/p/' } }, 'a', 'b', '/q?r')).toEqual({
      origin: 'http://h:1',
      path: '/p/q?r',
    });
    for (const url of ['ftp://h', 'h', '']) {
      expect(() => targetOf({ a: { b: url } }, 'a', 'b', '/')).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });
});
