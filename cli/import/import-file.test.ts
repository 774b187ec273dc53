import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { TenantId } from '../../schemas/domain/ids.ts';
import { codeOf } from '../../schemas/errors.ts';
import { factOf } from '../../schemas/pms-event.ts';
import type { Outbox, UnsequencedEvent } from '../../storage/ports/outbox.ts';
import { instantEnvironment } from '../../storage/testing/environment.ts';
import { importFile } from './import-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'parity-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TENANT = 'a1d5a9c4-0000-4000-8000-00000000000b' as TenantId;
const HOME = {
  property_id: 'a1d5a9c4-0000-4000-8000-00000000000a',
  time_zone: 'Europe/Berlin',
  currency: 'EUR',
  first_date: '2027-01-01',
};

/** The events of an import, as the outbox gets them. */
async function imported(home: object): Promise<readonly UnsequencedEvent[]> {
  const path = join(folder, 'home.json');
  writeFileSync(path, JSON.stringify(home));
  const events: UnsequencedEvent[] = [];
  const outbox = {
    appendEvents: async (_tenant: TenantId, all: readonly UnsequencedEvent[]) => {
      events.push(...all);
      return all.map((_, index) => index + 1);
    },
  } as unknown as Outbox;
  await importFile(outbox, TENANT, path, instantEnvironment());
  return events;
}

it('says of a property what the file says, in the terms of the event', async () => {
  const [about] = await imported({
    ...HOME,
    max_guests: 5,
    fees: [{ name: 'Cleaning', basis: 'per_stay', amount: '90.50' }],
    taxes: [{ name: 'Visitor tax', percent: 3.5 }],
    content: { photos: ['https://photos.example/1.jpg'], cancellation: { free_until_days: 14 } },
  });
  const event = { ...about!, sequence: 1 };
  expect(() => factOf(event, HOME.property_id)).not.toThrow();
  expect(event.payload).toMatchObject({
    'parity.pms.PropertyUpdated': {
      max_guests: 5,
      address: null,
      fees: [{ name: 'Cleaning', basis: 'per_stay', amount: 9_050 }],
      taxes: [{ name: 'Visitor tax', percent_hundredths: 350 }],
      content: {
        texts: [],
        photos: ['https://photos.example/1.jpg'],
        bedrooms: null,
        cancellation: { free_until_days: 14 },
      },
    },
  });
});

it('needs none of it', async () => {
  const [about, snapshot] = await imported(HOME);
  expect(about?.payload).toMatchObject({ 'parity.pms.PropertyUpdated': { content: null } });
  expect(snapshot?.event_type).toBe('calendar.snapshot');
});

it('names what is wrong', async () => {
  const error = await imported({ ...HOME, content: { stars: 5 } }).catch((thrown) => thrown);
  expect(codeOf(error)).toBe('EVENT_VALUE_INVALID');
  expect(String(error)).toContain('content');
});
