import { describe, expect, it } from 'vitest';
import type { Connector } from '../../../connectors/contract.ts';
import { vrboConnector } from '../../../connectors/vrbo/index.ts';
import { ParityError } from '../../../schemas/errors.ts';
import { Crawler } from '../testing/crawler.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { start } from '../testing/story.ts';

const NONSENSE = 'XX7';

function refuseNonsense(currency: string | null): void {
  if (currency === NONSENSE) throw new ParityError('EVENT_VALUE_INVALID', `no such ${currency}`);
}

/** A codec that cannot make anything of a currency that does not exist. */
function strict(connector: Connector): Connector {
  const { documents } = connector;
  return {
    ...connector,
    plan: (connection, changes, context) => {
      refuseNonsense(context.currency);
      return connector.plan(connection, changes, context);
    },
    ...(documents && {
      documents: {
        ...documents,
        render: (connection, view) => {
          refuseNonsense(view.currency);
          return documents.render(connection, view);
        },
      },
    }),
  };
}

describe('a connection of which the codec can make nothing', () => {
  it('is at fault alone, says why, and goes on once it is corrected (a channel that takes requests)', async () => {
    const harness = await start(strict(modelConnector()));
    await harness.connect({ currency: NONSENSE });
    const night = harness.night(10);
    await harness.want(night, { availability: 0 });
    await harness.time.advance(200_000);
    expect(harness.channel.requests).toEqual([]);
    expect(harness.written('channel.alerts').map(({ value }) => value)).toMatchObject([
      { code: 'CONNECTOR_FAILED', severity: 'critical', message: `no such ${NONSENSE}` },
    ]);
    expect(harness.written('channel.health').at(-1)?.value?.fault).toBe('CONNECTOR_FAILED');
    expect(harness.lowestUndone()).toBeDefined();
    await harness.connect({ currency: 'EUR' });
    // Mapping answers with a page that makes sense.
    await harness.want(night, { availability: 0 });
    await harness.time.advance(70_000);
    expect(harness.availability(night)).toBe(0);
    expect(harness.written('channel.health').at(-1)?.value?.fault).toBeNull();
  });

  it('is at fault alone, says why, and goes on once it is corrected (a channel that fetches)', async () => {
    const connector = strict(vrboConnector);
    const harness = await start(connector);
    const crawler = new Crawler(harness, connector);
    const night = harness.night(10);
    await harness.want(night, { availability: 0, price: 10_000 });
    await harness.time.advance(2_000);
    await crawler.crawl();
    await harness.connect({ currency: NONSENSE });
    await harness.want(harness.night(11), { availability: 0 });
    await harness.time.advance(200_000);
    expect(harness.written('channel.alerts').map(({ value }) => value?.code)).toEqual([
      'CONNECTOR_FAILED',
    ]);
    await harness.connect({ currency: 'EUR' });
    await harness.want(night, { availability: 1, price: 11_000 });
    await harness.time.advance(70_000);
    for (let round = 0; round < 3; round += 1) {
      await crawler.crawl();
      await harness.time.advance(5_000);
    }
    expect(crawler.units(night)).toBe(1);
    expect(harness.written('channel.health').at(-1)?.value?.fault).toBeNull();
  });
});
