import { describe, expect, it } from 'vitest';
import { codeOf } from '../errors.ts';
import { SCHEMAS } from '../generated/schemas.ts';
import type { SchemaRegistry } from './port.ts';
import { registerSchemas, SCHEMA_TOPICS } from './registration.ts';

/**
 * What every adapter of the registry port must do. For test files.
 * @param connect A registry; suites may share it and keep apart by `prefix` of their subjects.
 */
export function registryContract(
  name: string,
  connect: () => Promise<{ registry: SchemaRegistry; prefix: string }>,
): void {
  describe(`schema registry contract: ${name}`, () => {
    const row = (...fields: object[]) => ({
      type: 'record',
      name: 'Row',
      namespace: 'contract',
      fields,
    });
    const id = { name: 'id', type: { type: 'string', logicalType: 'uuid' } };
    const optional = { name: 'note', type: ['null', 'string'], default: null };
    const required = { name: 'must', type: 'string' };
    const codeFrom = async (promise: Promise<unknown>) =>
      codeOf(await promise.catch((error: unknown) => error));

    it('gives one id for the same schema, however often it is registered', async () => {
      const { registry, prefix } = await connect();
      const first = await registry.register(`${prefix}same`, row(id), 'FULL_TRANSITIVE');
      expect(await registry.register(`${prefix}same`, row(id), 'FULL_TRANSITIVE')).toBe(first);
      const next = await registry.register(`${prefix}same`, row(id, optional), 'FULL_TRANSITIVE');
      expect(next).not.toBe(first);
      expect(await registry.register(`${prefix}same`, row(id), 'FULL_TRANSITIVE')).toBe(first);
    });

    it('gives a schema back by its id as it was registered, logical types included', async () => {
      const { registry, prefix } = await connect();
      const schema = row(id, { name: 'night', type: { type: 'int', logicalType: 'date' } });
      const key = await registry.register(`${prefix}back`, schema, 'FULL_TRANSITIVE');
      expect(await registry.schemaById(key)).toEqual(schema);
    });

    it('has nothing under an id that was never given', async () => {
      const { registry } = await connect();
      expect(await registry.schemaById(2_000_000_000)).toBeNull();
    });

    it('refuses what cannot read older values', async () => {
      const { registry, prefix } = await connect();
      await registry.register(`${prefix}backward`, row(id), 'BACKWARD_TRANSITIVE');
      expect(
        await codeFrom(
          registry.register(`${prefix}backward`, row(id, required), 'BACKWARD_TRANSITIVE'),
        ),
      ).toBe('SCHEMA_INCOMPATIBLE');
      expect(
        await registry.register(`${prefix}backward`, row(id, optional), 'BACKWARD_TRANSITIVE'),
      ).toBeGreaterThan(0);
    });

    it('refuses what older readers cannot read only where both directions count', async () => {
      const { registry, prefix } = await connect();
      await registry.register(`${prefix}events`, row(id, required), 'BACKWARD_TRANSITIVE');
      expect(
        await registry.register(`${prefix}events`, row(id), 'BACKWARD_TRANSITIVE'),
      ).toBeGreaterThan(0);
      await registry.register(`${prefix}table`, row(id, required), 'FULL_TRANSITIVE');
      expect(await codeFrom(registry.register(`${prefix}table`, row(id), 'FULL_TRANSITIVE'))).toBe(
        'SCHEMA_INCOMPATIBLE',
      );
    });

    it('compares with all versions, not with the newest alone', async () => {
      const { registry, prefix } = await connect();
      const subject = `${prefix}transitive`;
      const text = { name: 'n', type: 'string' };
      const number = { name: 'n', type: 'int', default: 0 };
      await registry.register(subject, row(id, text), 'BACKWARD_TRANSITIVE');
      await registry.register(subject, row(id), 'BACKWARD_TRANSITIVE');
      expect(
        await codeFrom(registry.register(subject, row(id, number), 'BACKWARD_TRANSITIVE')),
      ).toBe('SCHEMA_INCOMPATIBLE');
    });

    it('takes the whole contract, twice, with the same ids', async () => {
      const { registry, prefix } = await connect();
      const first = await registerSchemas(registry, prefix);
      expect([...first.ids.keys()].sort()).toEqual([...SCHEMA_TOPICS].sort());
      expect((await registerSchemas(registry, prefix)).ids).toEqual(first.ids);
      for (const [topic, key] of first.ids)
        expect(await first.schemaById(key)).toEqual(SCHEMAS[topic]);
    });
  });
}
