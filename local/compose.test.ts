import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { IMAGES } from './images.ts';

let compose: string;
beforeAll(async () => {
  compose = await readFile(new URL('../docker-compose.kafka.yml', import.meta.url), 'utf8');
});

it('runs the same images as the stack of containers', () => {
  for (const image of Object.values(IMAGES)) expect(compose).toContain(`image: ${image}\n`);
});

it('binds every port to the loopback', () => {
  const published = [...compose.matchAll(/^ {6}- "(.*\d)"$/gm)].map(([, mapping]) => mapping);
  expect(published).toHaveLength(4);
  expect(published.filter((mapping) => !mapping?.startsWith('127.0.0.1:'))).toEqual([]);
});

it('masks every field of a guest in the user interface', async () => {
  const guest = await readFile(
    new URL('../schemas/avro/shared/guest.avsc', import.meta.url),
    'utf8',
  );
  const { fields } = JSON.parse(guest) as { fields: { name: string }[] };
  const masked = [...compose.matchAll(/_MASKING_\d_FIELDS_\d: (\w+)/g)].map(([, field]) => field);
  // A guest as a whole is masked; its fields also where they stand alone, but for the country.
  expect(masked).toContain('guest');
  for (const { name } of fields) if (name !== 'country') expect(masked).toContain(name);
});
