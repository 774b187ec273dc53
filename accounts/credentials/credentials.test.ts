import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type {
  Authorisation,
  IdentityAuthenticator,
  TokenAuthenticator,
} from '../../connectors/authentication.ts';
import type { ChannelResponse } from '../../connectors/contract.ts';
import { type VirtualProcess, VirtualTime } from '../../runtime/testing/virtual-time.ts';
import type { ChannelType, TenantId } from '../../schemas/domain/ids.ts';
import { ParityError } from '../../schemas/errors.ts';
import { MemoryDatabase } from '../../storage/memory/database.ts';
import { createMemoryStorage } from '../../storage/memory/storage.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { createVault } from '../vault/vault.ts';
import { Credentials } from './credentials.ts';

const ID = 'f0000000-0000-4000-8000-000000000001';
const CHANNEL = 'northwind' as ChannelType;
const HOUR = 3_600_000;
const LIMIT = 5;

/** A token endpoint: counts what it hands out, and refuses or fails on request. */
class Platform {
  readonly issued: string[] = [];
  life = HOUR;
  answer: (number: number) => ChannelResponse = (number) => ({
    status: 200,
    headers: {},
    body: `token-${number}`,
  });
  delay = 50;
  /** Pause that it asks for when it fails, ms. */
  asks: number | null = null;

  readonly authenticator: TokenAuthenticator = {
    kind: 'token_exchange',
    tokenLimit: { requests: LIMIT, windowMs: HOUR },
    buildRefresh: ({ clientId, clientSecret }) => ({
      endpoint: 'token',
      method: 'POST',
      host: 'auth',
      path: '/token',
      headers: {},
      body: `${clientId} ${clientSecret}`,
    }),
    parseRefresh: ({ status, body }, now) => {
      if (status === 401) return { kind: 'refused', message: 'unknown client' };
      if (status !== 200)
        return { kind: 'unavailable', message: `HTTP ${status}`, retryAfterMs: this.asks };
      return { kind: 'tokens', accessToken: body, refreshToken: null, expiresAt: now + this.life };
    },
    authorise: (_credential, accessToken) => ({
      headers: { authorization: `Bearer ${accessToken}` },
    }),
  };
}

const BY_NAME = 'model_identity' as ChannelType;
const byName: IdentityAuthenticator = {
  kind: 'identity',
  authorise: ({ clientId, clientSecret }) => ({
    headers: { authorization: `Basic ${clientId}:${clientSecret}` },
    sign: (body) => `${clientId} says ${body}`,
  }),
};

let time: VirtualTime;
let database: MemoryDatabase;
let platform: Platform;
const key = randomBytes(32).toString('base64url');

beforeEach(async () => {
  time = new VirtualTime({ seed: 5 });
  database = new MemoryDatabase();
  platform = new Platform();
  await settled(
    start('setup').credentials.create({
      id: ID,
      tenantId: null,
      channel: CHANNEL,
      clientId: 'us',
      clientSecret: 's3cret',
      refreshToken: null,
    }),
  );
});

async function settled<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const mark = () => {
    done = true;
  };
  work.then(mark, mark);
  await time.until(() => done, 2 * 86_400_000);
  return work;
}

function start(name: string): { credentials: Credentials; process: VirtualProcess } {
  const process = time.process(name);
  const environment = {
    ...instantEnvironment(),
    clock: process,
    timers: process,
    random: time.random,
  };
  const { credentials: store } = createMemoryStorage({ database, environment });
  const credentials = new Credentials({
    store,
    environment,
    vault: createVault([key], { clock: process, randomBytes }),
    authenticatorOf: (channel) =>
      channel === CHANNEL ? platform.authenticator : channel === BY_NAME ? byName : undefined,
    send: async (_channel, request) => {
      expect(request.body).toBe('us s3cret');
      await new Promise<void>((resolve) => {
        process.after(platform.delay, resolve);
      });
      const response = platform.answer(platform.issued.length + 1);
      if (response.status === 200) platform.issued.push(response.body);
      return response;
    },
  });
  return { credentials, process };
}

const bearer = (number: number): Authorisation => ({
  headers: { authorization: `Bearer token-${number}` },
});
const codeOf = (work: Promise<unknown>) =>
  settled(work).then(
    () => 'none',
    (error: unknown) => (error instanceof ParityError ? error.code : String(error)),
  );

describe('credentials', () => {
  test('one token for all callers of all processes', async () => {
    const processes = [start('a'), start('b'), start('c')];
    const headers = await settled(
      Promise.all(
        processes.flatMap(({ credentials }) => [
          credentials.authorisationFor(ID),
          credentials.authorisationFor(ID),
        ]),
      ),
    );
    expect(headers).toEqual(Array.from({ length: 6 }, () => bearer(1)));
    expect(platform.issued).toHaveLength(1);
  });

  test('near its end a token is renewed behind the caller, who gets the old one meanwhile', async () => {
    const { credentials } = start('a');
    await settled(credentials.authorisationFor(ID));
    await time.advance(HOUR - 10 * 60_000);
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(1));
    await time.advance(1_000);
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(2));
  });

  test('a refused token is renewed once; when the new one is refused too, the credential counts as expired', async () => {
    const { credentials } = start('a');
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(1));
    credentials.refused(ID, bearer(1));
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(2));
    credentials.refused(ID, bearer(1));
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(2));
    credentials.refused(ID, bearer(2));
    expect(await codeOf(credentials.authorisationFor(ID))).toBe('CREDENTIAL_EXPIRED');
    expect(platform.issued).toHaveLength(2);
    // Recovery needs no human: later it is tried again.
    await time.advance(300_000);
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(3));
  });

  test('the limit of the platform holds over processes and restarts, crashes before the answer included', async () => {
    for (let number = 1; number <= LIMIT - 1; number++) {
      const { credentials } = start(`p${number}`);
      credentials.refused(ID, await settled(credentials.authorisationFor(ID)));
      await settled(credentials.authorisationFor(ID));
      if (platform.issued.length === LIMIT - 1) break;
    }
    const dying = start('dying');
    dying.credentials.refused(ID, await settled(dying.credentials.authorisationFor(ID)));
    dying.credentials.authorisationFor(ID).catch(() => undefined);
    await time.advance(10);
    dying.process.kill();
    await time.advance(40_000);
    expect(platform.issued).toHaveLength(LIMIT - 1);
    const { credentials } = start('next');
    credentials.refused(ID, await settled(credentials.authorisationFor(ID)));
    expect(await codeOf(credentials.authorisationFor(ID))).toBe('CHANNEL_RATE_LIMITED');
    await time.advance(HOUR + 60_000);
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(LIMIT));
  });

  test('a platform that refuses the credential expires it, until a person authorises again', async () => {
    platform.answer = () => ({ status: 401, headers: {}, body: '' });
    const { credentials } = start('a');
    expect(await codeOf(credentials.authorisationFor(ID))).toBe('CREDENTIAL_EXPIRED');
    expect(await codeOf(start('b').credentials.authorisationFor(ID))).toBe('CREDENTIAL_EXPIRED');
    expect(await codeOf(credentials.authorisationFor('f0000000-0000-4000-8000-000000000009'))).toBe(
      'CREDENTIAL_MISSING',
    );
  });

  test('a failing token endpoint is left alone for a while, and an old token is used as long as it lives', async () => {
    const { credentials } = start('a');
    await settled(credentials.authorisationFor(ID));
    let asked = 0;
    platform.answer = () => {
      asked += 1;
      return { status: 503, headers: {}, body: '' };
    };
    await time.advance(HOUR - 10 * 60_000);
    for (let call = 0; call < 20; call++) {
      expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(1));
      await time.advance(50);
    }
    expect(asked).toBe(1);
    await time.advance(10 * 60_000);
    expect(await codeOf(credentials.authorisationFor(ID))).toBe('CHANNEL_UNAVAILABLE');
    platform.answer = () => ({ status: 200, headers: {}, body: 'token-2' });
    await time.advance(60_000);
    expect(await settled(credentials.authorisationFor(ID))).toEqual(bearer(2));
  });

  test('a pause that the token endpoint asks for holds for all processes, and no longer', async () => {
    const asked: number[] = [];
    platform.asks = 120_000;
    platform.answer = () => {
      asked.push(time.elapsed);
      return { status: 429, headers: {}, body: '' };
    };
    expect(await codeOf(start('a').credentials.authorisationFor(ID))).toBe('CHANNEL_UNAVAILABLE');
    for (let wait = 0; wait < 11; wait++) {
      await time.advance(10_000);
      const another = start(`b${wait}`).credentials;
      expect(await codeOf(another.authorisationFor(ID))).toBe('CHANNEL_RATE_LIMITED');
    }
    expect(asked).toHaveLength(1);
    await time.advance(10_000);
    await codeOf(start('c').credentials.authorisationFor(ID));
    expect(asked).toHaveLength(2);
  });

  test('an identity without tokens signs each call; once refused it is left alone for a while', async () => {
    const { credentials } = start('a');
    const id = 'f0000000-0000-4000-8000-000000000007';
    const clientSecret = 's3cret';
    const draft = { id, tenantId: null, channel: BY_NAME, clientId: 'us', refreshToken: null };
    await settled(credentials.create({ ...draft, clientSecret }));
    const authorisation = await settled(credentials.authorisationFor(id));
    expect(authorisation.headers).toEqual({ authorization: 'Basic us:s3cret' });
    expect(authorisation.sign?.('hello')).toBe('us says hello');
    credentials.refused(id, authorisation);
    expect(await codeOf(credentials.authorisationFor(id))).toBe('CREDENTIAL_EXPIRED');
    await time.advance(301_000);
    expect(await codeOf(credentials.authorisationFor(id))).toBe('none');
    credentials.refused(id, authorisation);
    expect(await codeOf(credentials.authorisationFor(id))).toBe('CREDENTIAL_EXPIRED');
  });

  test('nothing in the tables is readable without a key', async () => {
    await settled(start('a').credentials.authorisationFor(ID));
    const rows = await database.transaction(null as TenantId | null, async (tx) =>
      JSON.stringify(tx.table('credentials').values()),
    );
    expect(rows).not.toContain('s3cret');
    expect(rows).not.toContain('token-1');
  });
});
