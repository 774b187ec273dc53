import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf } from '../errors.ts';
import { ConfluentRegistry } from './confluent.ts';

// What a registry does that works is tested against a real one, in test/schemas.
const SCHEMA = { type: 'record', name: 'Row', namespace: 'n', fields: [] };
let server: Server | undefined;

async function answering(
  listener: RequestListener,
  auth?: { readonly username: string; readonly password: string },
): Promise<ConfluentRegistry> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new ConfluentRegistry({
    url: `http://127.0.0.1:${(started.address() as AddressInfo).port}/`,
    timeoutMs: 150,
    ...(auth === undefined ? {} : { auth }),
  });
}

afterEach(async () => {
  const started = server;
  server = undefined;
  started?.closeAllConnections();
  if (started?.listening) await new Promise((resolve) => started.close(resolve));
});

const codeFrom = async (promise: Promise<unknown>) =>
  codeOf(await promise.catch((error: unknown) => error));

describe('a registry that is not well', () => {
  it.each<[string, RequestListener]>([
    ['answers 500', (_, response) => response.writeHead(500).end('broken')],
    ['never answers', (request) => request.resume()],
    ['answers no JSON', (_, response) => response.end('<html>')],
    ['hangs up', (request) => request.socket.destroy()],
  ])('%s: it is unavailable, and nothing else', async (_, listener) => {
    const registry = await answering(listener);
    expect(await codeFrom(registry.schemaById(1))).toBe('REGISTRY_UNAVAILABLE');
    expect(await codeFrom(registry.register('s', SCHEMA, 'FULL_TRANSITIVE'))).toBe(
      'REGISTRY_UNAVAILABLE',
    );
  });

  it('hangs only at the registration itself: that ends in time, too', async () => {
    const registry = await answering((request, response) => {
      request.resume();
      if (request.url?.startsWith('/config'))
        response.end('{"compatibilityLevel":"FULL_TRANSITIVE"}');
    });
    expect(await codeFrom(registry.register('s', SCHEMA, 'FULL_TRANSITIVE'))).toBe(
      'REGISTRY_UNAVAILABLE',
    );
  });

  it('is not there at all', async () => {
    const registry = await answering(() => undefined);
    const gone = server;
    await new Promise((resolve) => gone?.close(resolve));
    expect(await codeFrom(registry.schemaById(1))).toBe('REGISTRY_UNAVAILABLE');
  });
});

it.each([
  { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";' },
  { schema: 'no json' },
  { schemaType: 'AVRO' },
])('a schema by id that is no Avro counts as none: %j', async (answer) => {
  const registry = await answering((_, response) => response.end(JSON.stringify(answer)));
  expect(await registry.schemaById(7)).toBeNull();
});

it('sends the credentials with every request', async () => {
  const seen: (string | undefined)[] = [];
  const registry = await answering(
    (request, response) => {
      seen.push(request.headers.authorization);
      const answer =
        request.method === 'POST' ? { id: 3 } : { compatibilityLevel: 'FULL_TRANSITIVE' };
      response.end(JSON.stringify(answer));
    },
    { username: 'u', password: 'p' },
  );
  expect(await registry.register('s', SCHEMA, 'FULL_TRANSITIVE')).toBe(3);
  expect(seen).toHaveLength(3);
  expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('u:p').toString('base64')}`]));
});
