import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectorOf } from '../connectors/registry.ts';
import { testConnection } from '../connectors/testing/connections.ts';
import type { Output } from '../runtime/stage.ts';
import { VirtualTime } from '../runtime/testing/virtual-time.ts';
import type { ConnectionId } from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import type { ChannelDocument, Connection } from '../schemas/generated/types.ts';
import { documentRoutes } from './document-routes.ts';
import { type DocumentPorts, DocumentServer, statesOf } from './documents.ts';
import { ingressServer } from './server.ts';

const CREDENTIAL = '3f6c1f8e-0000-4000-8000-00000000000c';
const OTHER_CREDENTIAL = '3f6c1f8e-0000-4000-8000-00000000000d';
const LOGIN = { clientId: 'crawler', clientSecret: 'straße:42' };
const STATE = Date.parse('2026-11-01T09:30:05Z');

function connection(last: string, changes: Partial<Connection> = {}): Connection {
  return {
    ...testConnection('vrbo', `L${last}`, `U${last}`, ['standard']),
    connection_id: `3f6c1f8e-0000-4000-8000-0000000001${last}` as ConnectionId,
    credential_id: CREDENTIAL,
    ...changes,
  };
}

function documentsOf({ connection_id, tenant_id, listing }: Connection): ChannelDocument {
  const body = (name: string) => `<${name}>${listing}</${name}>`;
  const content_type = 'application/xml; charset=utf-8';
  return {
    connection_id,
    tenant_id,
    updated_at: STATE,
    documents: [
      { name: 'rates', content_type, body: body('rates'), updated_at: STATE - 60_000 },
      { name: 'availability', content_type, body: body('availability'), updated_at: STATE },
    ],
  };
}

const OURS = connection('01');
const SECOND = connection('02');
const FOREIGN = connection('03', { credential_id: OTHER_CREDENTIAL });
const ENDED = connection('04', { phase: 'disconnected' });
const OTHER_CHANNEL = connection('05', { channel: 'fewo_direkt' as Connection['channel'] });
const ALL = [OURS, SECOND, FOREIGN, ENDED, OTHER_CHANNEL];

let app: FastifyInstance;
let url: string;
let published: Output[];
let ports: DocumentPorts;
let big = false;

beforeEach(async () => {
  published = [];
  big = false;
  const time = new VirtualTime({ seed: 1 });
  const process = time.process('ingress');
  const nothing = () => undefined;
  const silent = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    child: () => silent,
  };
  ports = {
    connectorOf,
    connections: () => ALL,
    connection: (id) => ALL.find((one) => one.connection_id === id),
    account: () => ({ channel_account_id: 'ADV-7' }) as never,
    documents: (one) => {
      const value = documentsOf(one);
      const blow = (body: string) => (big ? body.padEnd(30_000_000, ' ') : body);
      return {
        ...value,
        documents: value.documents.map((each) => ({ ...each, body: blow(each.body) })),
      };
    },
    states: (one) => statesOf(documentsOf(one)),
    login: async (id, channel) => (id === CREDENTIAL && channel === 'vrbo' ? LOGIN : null),
    publish: async (outputs) => {
      published.push(...outputs);
    },
    environment: {
      clock: process,
      timers: process,
      random: time.random,
      logger: silent,
      metrics: { count: nothing, observe: nothing, gauge: nothing },
    },
  };
  app = ingressServer([documentRoutes(new DocumentServer({ ...delegate() }), null)]);
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});

afterEach(() => app.close());

/** Ports that a test may still replace. */
function delegate(): DocumentPorts {
  return {
    connectorOf: (channel) => ports.connectorOf(channel),
    connections: () => ports.connections(),
    connection: (id) => ports.connection(id),
    account: (one) => ports.account(one),
    documents: (one) => ports.documents(one),
    states: (one) => ports.states(one),
    login: (id, channel) => ports.login(id, channel),
    publish: (outputs) => ports.publish(outputs),
    environment: ports.environment,
  };
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const OWN = basic(`${LOGIN.clientId}:${LOGIN.clientSecret}`);

function get(
  path: string,
  headers: Record<string, string> = { authorization: OWN },
  method = 'GET',
) {
  return fetch(`${url}/documents/${path}`, { headers, method });
}

async function seen(response: Response) {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  delete headers.date;
  return { status, headers, body: await response.text() };
}

async function recorded(count: number): Promise<unknown[]> {
  await expect.poll(() => published.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
  return published.map(({ value }) => (value as { command: object }).command);
}

const unit = (one: Connection, kind = 'availability') =>
  `vrbo/${CREDENTIAL}/${one.connection_id}/${kind}`;

describe('a document that an index of another process named', () => {
  it('is given out in that state or a newer one, and never in an older one under its name', async () => {
    for (const state of [STATE, STATE - 1_000])
      expect((await get(`${unit(OURS)}?state=${state}`)).status).toBe(200);
    const older = await get(`${unit(OURS)}?state=${STATE + 1_000}`);
    expect(older.status).toBe(503);
    expect(older.headers.get('retry-after')).toBe('1');
    const unchanged = { authorization: OWN, 'if-none-match': '*' };
    expect((await get(`${unit(OURS)}?state=${STATE + 1_000}`, unchanged)).status).toBe(503);
    await recorded(2);
    expect(published).toHaveLength(2);
  });

  it('is missing only where it has ended, and not where it has not been heard of', async () => {
    const unheard = connection('09');
    expect((await get(`${unit(unheard)}?state=${STATE}`)).status).toBe(503);
    expect((await get(unit(unheard))).status).toBe(404);
    expect((await get(`${unit(ENDED)}?state=${STATE}`)).status).toBe(404);
  });
});

describe('login', () => {
  it('takes client id and secret, whatever is in the secret', async () => {
    expect((await get(unit(OURS))).status).toBe(200);
  });

  it('shows no difference between an unknown credential, channel or user and a wrong password', async () => {
    const wrong = [
      get(unit(OURS), {}),
      get(unit(OURS), { authorization: 'Bearer x' }),
      get(unit(OURS), { authorization: 'Basic %%%' }),
      get(unit(OURS), { authorization: basic('crawler') }),
      get(unit(OURS), { authorization: basic('crawler:wrong') }),
      get(unit(OURS), { authorization: basic(`someone:${LOGIN.clientSecret}`) }),
      get(unit(OURS), { authorization: basic('\ud800:\ud800') }),
      get(unit(OURS).replace(CREDENTIAL, OTHER_CREDENTIAL)),
      get(unit(OURS).replace(CREDENTIAL, 'no-uuid')),
      get(unit(OURS).replace('vrbo', 'fewo_direkt')),
      get(unit(OURS).replace('vrbo', 'airbnb')),
      get(unit(OURS).replace('vrbo', 'nobody')),
      get(`vrbo/${OTHER_CREDENTIAL}/availability`),
      get(`vrbo/${CREDENTIAL}/no-such-kind`, {}),
    ];
    const answers = await Promise.all(wrong.map(async (one) => seen(await one)));
    expect(answers[0]).toMatchObject({ status: 401 });
    expect(answers[0]?.headers['www-authenticate']).toContain('Basic');
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(published).toEqual([]);
  });

  it('that nobody set lets nobody in', async () => {
    ports = { ...ports, login: async () => ({ clientId: '', clientSecret: '' }) };
    expect((await get(unit(OURS), { authorization: basic(':') })).status).toBe(401);
  });

  it('cannot be judged without the database', async () => {
    const away = new ParityError('DATABASE_UNAVAILABLE', 'secret detail');
    ports = { ...ports, login: () => Promise.reject(away) };
    const answer = await seen(await get(unit(OURS)));
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('secret');
  });
});

describe('a document', () => {
  it('is told to delivery once it was sent whole', async () => {
    const answer = await seen(await get(unit(OURS)));
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'application/xml; charset=utf-8',
        'last-modified': 'Sun, 01 Nov 2026 09:30:05 GMT',
      },
      body: '<availability>L01</availability>',
    });
    expect(await recorded(1)).toEqual([
      { 'parity.events.Fetched': { document: 'availability', updated_at: STATE } },
    ]);
    expect(published[0]).toMatchObject({
      topic: 'channel.commands',
      key: OURS.connection_id,
      placement: OURS.property_id,
      tenantId: OURS.tenant_id,
    });
  });

  it('is told also when the connection ends with it', async () => {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.end(
      `GET /documents/${unit(OURS)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${OWN}\r\n\r\n`,
    );
    socket.resume();
    await once(socket, 'close');
    expect(await recorded(1)).toHaveLength(1);
  });

  it('is not told when the crawler went away in the middle', async () => {
    big = true;
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /documents/${unit(OURS)} HTTP/1.1\r\nhost: x\r\nauthorization: ${OWN}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.destroy();
    await once(socket, 'close');
    // A later fetch is recorded after whatever the broken one would have left.
    big = false;
    await (await get(unit(SECOND))).text();
    await recorded(1);
    expect(published.map(({ key }) => key)).toEqual([SECOND.connection_id]);
  });

  it('that the crawler has already is not sent again, and is told', async () => {
    const { headers } = await seen(await get(unit(OURS)));
    const again = await seen(
      await get(unit(OURS), { authorization: OWN, 'if-none-match': `"x", W/${headers.etag}` }),
    );
    expect(again).toMatchObject({ status: 304, body: '' });
    expect(await recorded(2)).toHaveLength(2);
    const changed = await get(unit(OURS), { authorization: OWN, 'if-none-match': '"x"' });
    expect(changed.status).toBe(200);
  });

  it('is left out only for the very time that it was given', async () => {
    const since = (time: string) =>
      get(unit(OURS), { authorization: OWN, 'if-modified-since': time });
    expect((await since('Sun, 01 Nov 2026 09:30:05 GMT')).status).toBe(304);
    expect((await since('Sun, 01 Nov 2026 09:30:06 GMT')).status).toBe(200);
    expect((await since('Sun, 01 Nov 2026 09:30:04 GMT')).status).toBe(200);
  });

  it('is not fetched by a HEAD request', async () => {
    expect((await get(unit(OURS), { authorization: OWN }, 'HEAD')).status).toBe(404);
    expect(published).toEqual([]);
  });

  it('is served while the log is away', async () => {
    const away = new ParityError('LOG_UNAVAILABLE', 'away');
    let tried = 0;
    ports = {
      ...ports,
      publish: () => {
        tried++;
        return Promise.reject(away);
      },
    };
    expect((await seen(await get(unit(OURS)))).status).toBe(200);
    await expect.poll(() => tried).toBe(1);
  });

  it('of others, of an ended connection and of nobody look the same', async () => {
    const paths = [
      unit(FOREIGN),
      unit(ENDED),
      unit(OTHER_CHANNEL),
      unit(OURS, 'listing'),
      unit(OURS, 'no-such-kind'),
      unit(OURS, '__proto__'),
      unit({ ...OURS, connection_id: 'nobody' as ConnectionId }),
    ];
    const answers = await Promise.all(paths.map(async (path) => seen(await get(path))));
    expect(answers[0]).toMatchObject({ status: 404 });
    expect(answers[0]?.body).toContain('DOCUMENT_UNKNOWN');
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('an index', () => {
  it('lists the documents of the credential, with their states and addresses', async () => {
    const { status, body } = await seen(await get(`vrbo/${CREDENTIAL}/availability`));
    expect(status).toBe(200);
    expect(body).toContain('<assignedId>ADV-7</assignedId>');
    expect(body.match(/<listingExternalId>[^<]*/g)).toEqual([
      '<listingExternalId>L01',
      '<listingExternalId>L02',
    ]);
    expect(body).toContain(
      `<lastUpdatedDate>2026-11-01T09:30:05Z</lastUpdatedDate><unitAvailabilityContentUrl>${url}/documents/${unit(OURS)}?state=${STATE}</unitAvailabilityContentUrl>`,
    );
    const rates = await seen(await get(`vrbo/${CREDENTIAL}/rates`));
    expect(rates.body).toContain('<lastUpdatedDate>2026-11-01T09:29:05Z</lastUpdatedDate>');
    expect(published).toEqual([]);
  });

  it('is empty for a kind that no connection has yet', async () => {
    const { status, body } = await seen(await get(`vrbo/${CREDENTIAL}/listing`));
    expect([status, body.includes('listingUrl')]).toEqual([200, false]);
  });

  it('is not sent again unchanged', async () => {
    const { headers } = await seen(await get(`vrbo/${CREDENTIAL}/rates`));
    const again = await get(`vrbo/${CREDENTIAL}/rates`, {
      authorization: OWN,
      'if-none-match': headers.etag ?? '',
    });
    expect(again.status).toBe(304);
  });
});
