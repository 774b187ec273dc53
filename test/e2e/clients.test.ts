import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { partitionOf } from '../../topology/placement.ts';
import { eventually } from '../processes.ts';
import { findPython } from '../python.ts';
import { framed, PARTITIONS } from './plain-client.ts';
import {
  confirmed,
  day,
  described,
  pmsEvent,
  priced,
  type Subject,
  snapshot,
} from './pms-events.ts';
import { ROOT, Running } from './running.ts';

const run = promisify(execFile);
const python = await findPython(['confluent_kafka', 'fastavro']);
if (python === null)
  console.warn('NOTICE: no Python with confluent-kafka and fastavro; its tests are skipped.');

let parity: Running;

beforeAll(async () => {
  parity = await Running.open(['--json', '--quiet']);
});
afterAll(() => parity?.close());

/** Sends events of a property in order, to its partition. */
async function produce(...events: PmsEvent[]): Promise<void> {
  for (const event of events)
    await parity.client.send({
      key: event.property_id,
      value: parity.client.encode(event),
      partition: partitionOf(event.property_id, PARTITIONS),
    });
}

describe('npm start -- --json --quiet', () => {
  it('prints the addresses as one JSON line and nothing else', async () => {
    expect(parity.start.jsonLines()).toHaveLength(1);
    expect(
      parity.start.stdout.split('\n').filter((line) => line !== '' && !/^> /.test(line)),
    ).toEqual([JSON.stringify(parity.at)]);
    expect(parity.at.stack).toBe('process');
    for (const url of [`${parity.at.healthUrl}/health/live`, `${parity.at.registryUrl}/subjects`])
      expect((await fetch(url)).status).toBe(200);
  });
});

describe.skipIf(python === null)('PMS-Core in Python, on librdkafka and fastavro', () => {
  async function pmsClient(index: number, partitioner: string): Promise<string> {
    const { tenantId, propertyId, airbnbListing } = parity.at.spare[index]!;
    const settings = {
      brokers: parity.at.brokers.join(','),
      registry: parity.at.registryUrl ?? '',
      tenant: tenantId,
      property: propertyId,
      partitioner,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    await run(python!, [join(ROOT, 'examples/pms_client.py'), ...args, '--first-date', day(0)]);
    return airbnbListing;
  }

  /** What `examples/pms_client.py` means: two bookings, one of them cancelled, and other prices for three nights. */
  async function shown(listing: string): Promise<void> {
    await parity.sellable(listing, 40, 42, true);
    await parity.sellable(listing, 20, 23, false);
    await parity.sellable(listing, 23, 40, true);
    await eventually('the prices are there', async () => {
      const prices = (await parity.calendar(listing, 29, 34)).map(
        ({ rates }) => rates.default?.price,
      );
      return JSON.stringify(prices) === JSON.stringify([14_000, 18_050, 18_050, 18_050, 14_000]);
    });
  }

  it('changes a calendar with the partitioner that Parity asks for', async () => {
    const before = await parity.metric('parity_foreign_partition_records_total');
    await shown(await pmsClient(0, 'murmur2_random'));
    expect(await parity.metric('parity_foreign_partition_records_total')).toBe(before);
  });

  it('changes a calendar with librdkafka’s own partitioner too: moved, counted, alerted', async () => {
    const before = await parity.metric('parity_foreign_partition_records_total');
    await shown(await pmsClient(1, 'default'));
    expect(await parity.metric('parity_foreign_partition_records_total')).toBe(before + 6);
    await parity.alerted('EVENT_FOREIGN_PARTITION', parity.at.spare[1]!.propertyId);
  });
});

describe('bad input', () => {
  const propertyId = 'a1d5a9c4-0000-4000-8000-000000000011';
  const partition = partitionOf(propertyId, PARTITIONS);
  const other = 'a1d5a9c4-0000-4000-8000-000000000012';
  let home: Subject;

  beforeAll(async () => {
    home = await parity.connected(propertyId, '1011');
    await produce(described(home, 1), snapshot(home, 2, 'EUR', 12_000));
    await parity.sellable('1011', 0, 30, true);
  });

  const huge = 'x'.repeat(10 * 1_024 * 1_024);
  const bad: readonly {
    readonly name: string;
    readonly code: string;
    readonly value: () => Buffer | null;
    readonly key?: string;
    readonly gzip?: boolean;
  }[] = [
    { name: 'text', code: 'EVENT_UNDECODABLE', value: () => Buffer.from('{"no":"avro"}') },
    {
      name: 'malformed Avro',
      code: 'EVENT_UNDECODABLE',
      value: () => framed(parity.client.schemaId, Buffer.from([4, 0xff, 0xff, 0xff, 1, 2, 3])),
    },
    {
      name: 'half an event',
      code: 'EVENT_UNDECODABLE',
      value: () => parity.client.encode(confirmed(home, 3, 5, 7)).subarray(0, 40),
    },
    { name: 'no value', code: 'EVENT_UNDECODABLE', value: () => null },
    {
      name: 'unknown schema id',
      code: 'SCHEMA_ID_UNKNOWN',
      value: () => framed(987_654, Buffer.from([0, 1, 2])),
    },
    {
      name: 'check-out before check-in',
      code: 'EVENT_DATES_INVALID',
      value: () => parity.client.encode(confirmed(home, 3, 7, 5)),
    },
    {
      name: 'no sequence',
      code: 'EVENT_WITHOUT_SEQUENCE',
      value: () => parity.client.encode(confirmed(home, null, 5, 7)),
    },
    {
      name: 'wrong event type',
      code: 'EVENT_TYPE_MISMATCH',
      value: () => parity.client.encode(confirmed(home, 3, 5, 7, 'pricing.updated')),
    },
    {
      name: 'wrong key',
      code: 'EVENT_KEY_MISMATCH',
      key: other,
      value: () => parity.client.encode(confirmed(home, 3, 5, 7)),
    },
    {
      name: 'negative price',
      code: 'EVENT_VALUE_INVALID',
      value: () => parity.client.encode(priced(home, 3, 5, 7, -1)),
    },
    {
      name: '10 MB of text',
      code: 'EVENT_TOO_LARGE',
      value: () => parity.client.encode(described(home, 3, { name: huge })),
    },
    {
      name: '10 MB of text in a compressed batch',
      code: 'EVENT_TOO_LARGE',
      gzip: true,
      value: () => parity.client.encode(described(home, 3, { name: huge })),
    },
  ];

  it('is dead-lettered with its code, and the partition moves on', async () => {
    const sent = bad.map((record) => ({ ...record, key: record.key ?? propertyId }));
    const values = new Map(sent.map(({ name, value }) => [name, value()]));
    for (const { name, key, gzip = false } of sent) {
      const headers = { 'test-name': name };
      await parity.client.send({ key, value: values.get(name)!, partition, gzip, headers });
    }
    await produce(confirmed(home, 3, 10, 12));
    await parity.sellable('1011', 10, 12, false);
    await parity.sellable('1011', 5, 10, true);

    const found = new Map<string, string | undefined>();
    for (const { name, key } of sent) {
      const letter = await parity.client.deadLetter(name);
      const { headers } = letter;
      found.set(name, headers['error-code']);
      expect(headers).toMatchObject({
        stage: 'intake',
        attempts: '1',
        'source-topic': 'pms.events',
        'source-partition': String(partition),
        'source-offset': expect.stringMatching(/^\d+$/),
        'first-at': expect.stringMatching(/^\d{13}$/),
        'last-at': expect.stringMatching(/^\d{13}$/),
      });
      expect(headers['error-message']).not.toBe('');
      expect([letter.key, letter.partition]).toEqual([key, partition]);
      if (headers['error-code'] === 'EVENT_TOO_LARGE') {
        expect(Number(headers['truncated-from'])).toBeGreaterThan(10 * 1_024 * 1_024);
        expect(values.get(name)!.subarray(0, letter.value!.length).equals(letter.value!)).toBe(
          true,
        );
      } else expect(letter.value).toEqual(values.get(name));
    }
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(bad.map(({ name, code }) => [name, code])),
    );
    expect(parity.client.deadLetters).toHaveLength(bad.length);
    await eventually('intake has committed all of it', async () => {
      const { committed, end } = await parity.client.progress(partition);
      return committed === end;
    });
  });

  it('of a tenant that nobody knows harms nobody', async () => {
    const stranger = { tenantId: other.replace(/^a/, 'e'), propertyId: other };
    await produce(confirmed(stranger, 1, 5, 7));
    await produce(confirmed({ ...home, tenantId: stranger.tenantId }, 4, 15, 17));
    await parity.alerted('EVENT_TENANT_MISMATCH', propertyId);
    await produce(confirmed(home, 4, 20, 22));
    await parity.sellable('1011', 20, 22, false);
    await parity.sellable('1011', 15, 17, true);
  });
});

describe('what cannot be right yet', () => {
  it('of a property not known yet is kept and alerted, opens nothing, and is right once it is described', async () => {
    const home = await parity.connected('a1d5a9c4-0000-4000-8000-000000000021', '1021');
    await produce(snapshot(home, 2, 'EUR', 13_000), confirmed(home, 3, 10, 12));
    await parity.alerted('PROPERTY_UNKNOWN', home.propertyId);
    const describedAt = Date.now();
    await produce(described(home, 1));
    await parity.sellable('1021', 12, 60, true);
    await parity.sellable('1021', 10, 12, false);
    expect(await parity.firstOpened('1021', 0, 60)).toBeGreaterThan(describedAt);
    expect(await parity.firstOpened('1021', 10, 12)).toBe(Number.POSITIVE_INFINITY);
    const [night] = await parity.calendar('1021', 20, 21);
    expect(night?.rates.default?.price).toBe(13_000);
  });

  it('of a price in another currency is kept and alerted, opens nothing, and is right once the currency is', async () => {
    const home = await parity.connected('a1d5a9c4-0000-4000-8000-000000000022', '1022');
    await produce(
      described(home, 1, { currency: 'CHF' }),
      snapshot(home, 2, 'EUR', 13_000),
      confirmed(home, 3, 10, 12),
    );
    await parity.alerted('PRICE_CURRENCY_MISMATCH', home.propertyId);
    const correctedAt = Date.now();
    await produce(described(home, 4));
    await parity.sellable('1022', 12, 60, true);
    await parity.sellable('1022', 10, 12, false);
    expect(await parity.firstOpened('1022', 0, 60)).toBeGreaterThan(correctedAt);
  });
});

describe('a schema newer than the build', () => {
  it('breaks no rule of the channels on the way', async () => {
    const { violations, rateLimited, reopenedBookedNights } = await parity.report();
    expect({ violations, rateLimited, reopenedBookedNights }).toEqual({
      violations: {},
      rateLimited: 0,
      reopenedBookedNights: 0,
    });
  });

  it('stops the process, which says so, exits non-zero and leaves nothing behind', async () => {
    const { tenantId, propertyId } = parity.at.spare[0]!;
    const { id, type } = await parity.client.registerNewer();
    const event = pmsEvent({ tenantId, propertyId }, 99, 'property.retired', {
      'parity.pms.PropertyRetired': { property_id: propertyId },
    } as unknown as PmsEvent['payload']);
    const letters = parity.client.deadLetters.length;
    parity.start.tree();
    await parity.client.send({ key: propertyId, value: parity.client.encode(event, type, id) });
    await eventually('npm start ends', () => parity.start.hasEnded, 60_000);
    expect((await parity.start.ended).code).not.toBe(0);
    expect(parity.start.stderr).toMatch(
      /^SCHEMA_NEWER_THAN_BUILD: This build cannot read schema \d+ of pms\.events: .*Deploy the newer build first\.$/m,
    );
    expect(parity.client.deadLetters).toHaveLength(letters);
    await parity.start.nothingLeft();
  });
});
