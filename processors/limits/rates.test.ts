import { expect, it } from 'vitest';
import type { LimitDeclaration } from '../../connectors/contract.ts';
import { CHANNEL_TYPES, connectorOf } from '../../connectors/registry.ts';
import { modelConnector } from '../delivery/testing/model-connector.ts';
import { connection, HARBOUR } from '../testing/fixtures.ts';
import { accountRate, connectionRate } from './rates.ts';

const manifestWith = (...limits: LimitDeclaration[]) => ({ ...modelConnector().manifest, limits });
const harbour = connection(HARBOUR);

it('I4: what the platform counts for a listing is divided between delivery and the calls of its account', () => {
  const listing = {
    scope: 'connection',
    requests: 10,
    windowMs: 1_000,
    inboundShare: 3,
  } as const;
  const manifest = manifestWith(listing);
  expect(connectionRate(manifest, harbour)).toEqual({ requests: 7, windowMs: 1_000 });
  expect(accountRate(manifest)).toEqual({ requests: 3, windowMs: 1_000 });
});

it('a channel that counts reservations apart leaves the whole limit to delivery', () => {
  const manifest = manifestWith(
    { scope: 'connection', requests: 10, windowMs: 1_000 },
    { scope: 'account', requests: 700, windowMs: 60_000 },
  );
  expect(connectionRate(manifest, harbour)).toEqual({ requests: 10, windowMs: 1_000 });
  expect(accountRate(manifest)).toEqual({ requests: 700, windowMs: 60_000 });
});

it('a tier takes the place of the declared limit; less than one request a window is a longer window', () => {
  const manifest = manifestWith({
    scope: 'connection',
    requests: 10,
    windowMs: 1_000,
    byTier: true,
  });
  const ofTier = (requests_per_second: number | null) =>
    connectionRate(manifest, connection(HARBOUR, { requests_per_second }));
  expect(ofTier(null)).toEqual({ requests: 10, windowMs: 1_000 });
  expect(ofTier(4)).toEqual({ requests: 4, windowMs: 1_000 });
  expect(ofTier(0.25)).toEqual({ requests: 1, windowMs: 4_000 });
});

it('nothing declared is one request a second for a connection and two for an account', () => {
  const manifest = manifestWith();
  expect(connectionRate(manifest, harbour)).toEqual({ requests: 1, windowMs: 1_000 });
  expect(accountRate(manifest)).toEqual({ requests: 2, windowMs: 1_000 });
});

it.each(CHANNEL_TYPES)('%s: delivery and the calls of an account both have a share', (channel) => {
  const manifest = connectorOf(channel)?.manifest;
  if (!manifest) return;
  expect(connectionRate(manifest, harbour).requests).toBeGreaterThan(0);
  expect(accountRate(manifest).requests).toBeGreaterThan(0);
});
