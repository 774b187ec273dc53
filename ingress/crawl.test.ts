import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { vrboConnector } from '../connectors/vrbo/index.ts';
import { DeliveryHarness } from '../processors/delivery/testing/harness.ts';
import type { Output } from '../runtime/stage.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import { ParityError } from '../schemas/errors.ts';
import type { ChannelCommand } from '../schemas/generated/types.ts';
import { fetchOverNetwork, postOverNetwork, realPorts } from '../simulators/real-ports.ts';
import { VrboPlatform } from '../simulators/vrbo/platform.ts';
import { documentRoutes } from './document-routes.ts';
import { DocumentServer, statesOf } from './documents.ts';
import { ingressServer } from './server.ts';

const CREDENTIAL = '3f6c1f8e-0000-4000-8000-00000000000c';
const LOGIN = { clientId: 'crawler', clientSecret: 'secret' };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Delivery, the ingress on a real port over its log, and the crawler of the simulated platform, which comes when it is told. */
async function scene() {
  const harness = await DeliveryHarness.start(vrboConnector, {
    connection: {
      channel: 'vrbo' as ChannelType,
      credential_id: CREDENTIAL,
      listing: '501',
      room_id: '501a',
    },
  });
  const commands: Output[] = [];
  const state = { logIsAway: false };
  const { connection } = harness;
  const server = new DocumentServer({
    connectorOf: () => vrboConnector,
    connections: () => [harness.connection],
    connection: (id) => (id === connection.connection_id ? harness.connection : undefined),
    account: () => ({ channel_account_id: 'adv' }) as never,
    documents: ({ connection_id }) => harness.log.get('channel.documents', connection_id),
    states: ({ connection_id }) => {
      const value = harness.log.get('channel.documents', connection_id);
      return value && statesOf(value);
    },
    login: async (id) => (id === CREDENTIAL ? LOGIN : null),
    publish: async (outputs) => {
      if (state.logIsAway) throw new ParityError('LOG_UNAVAILABLE', 'away');
      commands.push(...outputs);
    },
    environment: harness.environment,
  });
  const app = ingressServer([documentRoutes(server, null)]);
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const address = (kind: string) => `http://127.0.0.1:${port}/documents/vrbo/${CREDENTIAL}/${kind}`;
  // Its timers are those of the machine, as its sockets are; dates are those of delivery.
  const ports = { ...realPorts(), clock: { now: () => harness.now } };
  const platform = new VrboPlatform(ports, postOverNetwork, fetchOverNetwork);
  closing.push(async () => platform.stop());
  platform.createAdvertiser({
    id: 'adv',
    user: LOGIN.clientId,
    password: LOGIN.clientSecret,
    indexes: {
      listing: address('listing'),
      configuration: address('configuration'),
      rates: address('rates'),
      availability: address('availability'),
    },
  });
  platform.createUnit({ listing: '501', unit: '501a', advertiser: 'adv' });
  /** One round; then delivery learns of what was fetched. */
  const crawl = async () => {
    const { taken, unchanged } = platform.crawler.counts;
    await platform.crawler.crawl();
    const counts = platform.crawler.counts;
    const fetched = counts.taken - taken + counts.unchanged - unchanged;
    if (state.logIsAway) return;
    await expect.poll(() => commands.length, { timeout: 5_000 }).toBe(fetched);
    for (const output of commands.splice(0)) {
      const { command } = output.value as ChannelCommand;
      await harness.command(command);
    }
    await harness.time.advance(2_000);
  };
  const shown = (night: string) =>
    platform.calendar('501a', night, harness.night(11)).find((one) => one.night === night);
  return { harness, platform, crawl, shown, state };
}

const OPEN = { availability: 1, price: 14_050, min_stay_arrival: 3, closed_to_arrival: 0 } as const;

describe('a platform that crawls', () => {
  it('shows what is wanted, and delivery knows it', async () => {
    const { harness, platform, crawl, shown } = await scene();
    const night = harness.night(10);
    const name = { night, field: 'availability', ratePlanId: null } as const;
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawl();
    expect(shown(night)?.sellable).toBe(false);
    await crawl();
    expect(shown(night)).toMatchObject({
      sellable: true,
      availability: 1,
      rates: { standard: { price: 14_050, minStayArrival: 3, closedToArrival: false } },
    });
    expect(harness.acknowledged(name)).toMatchObject({ state: 'known', value: 1 });
    expect(harness.lowestUndone()).toBeUndefined();
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    expect(harness.acknowledged(name)?.state).toBe('in_flight');
    await crawl();
    expect(shown(night)?.sellable).toBe(false);
    expect(harness.acknowledged(name)).toMatchObject({ state: 'known', value: 0 });
    // Nothing is newer: only the indexes are read.
    const before = platform.ledger.report().byKind;
    await crawl();
    expect(platform.ledger.report().byKind).toEqual({ ...before, poll: Number(before.poll) + 2 });
    expect(platform.ledger.report().violations).toEqual({});
    expect(harness.log.failures).toEqual([]);
  });

  it('is served while the log is away, and asked again for what was not recorded', async () => {
    const { harness, platform, crawl, shown, state } = await scene();
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    await crawl();
    await crawl();
    state.logIsAway = true;
    await harness.want(night, { availability: 0 });
    await harness.time.advance(100);
    await crawl();
    expect(shown(night)?.sellable).toBe(false);
    state.logIsAway = false;
    await crawl();
    const name = { night, field: 'availability', ratePlanId: null } as const;
    expect(harness.acknowledged(name)?.state).toBe('in_flight');
    await harness.time.advance(7 * 3_600_000);
    await crawl();
    expect(platform.crawler.counts.unchanged).toBe(1);
    expect(harness.acknowledged(name)).toMatchObject({ state: 'known', value: 0 });
  });

  it('that comes with a wrong password is turned away, and nothing is known of it', async () => {
    const { harness, platform, crawl, shown } = await scene();
    const night = harness.night(10);
    await harness.want(night, OPEN);
    await harness.time.advance(2_000);
    platform.setMood({ password: 'wrong' });
    await crawl();
    expect(shown(night)?.sellable).toBe(false);
    expect(platform.ledger.report().byStatus).toEqual({ 401: 4 });
    expect(harness.lowestUndone()).toBeDefined();
    platform.setMood({});
    await crawl();
    await crawl();
    expect(shown(night)?.sellable).toBe(true);
  });
});
