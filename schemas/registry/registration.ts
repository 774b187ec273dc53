import { isTableName } from '../../topology/types.ts';
import { SCHEMAS } from '../generated/schemas.ts';
import type { SchemaTopic } from '../values.ts';
import type { Compatibility, SchemaRegistry } from './port.ts';

/** The ids of this build's schemas, and where the schemas of other builds are found. */
export interface SchemaIds {
  /** Id under which this build writes the values of each topic. */
  readonly ids: ReadonlyMap<SchemaTopic, number>;
  /** @throws ParityError REGISTRY_UNAVAILABLE. */
  schemaById(id: number): Promise<object | null>;
}

export const SCHEMA_TOPICS = Object.keys(SCHEMAS) as readonly SchemaTopic[];

/**
 * Tables: old pages stay for years and rolling updates mix versions, so both directions. Events: consumers are upgraded
 * first, so new readers must read all that was ever written.
 */
export function compatibilityOf(topic: SchemaTopic): Compatibility {
  return isTableName(topic) ? 'FULL_TRANSITIVE' : 'BACKWARD_TRANSITIVE';
}

/** `<prefix><topic>-value`, Confluent's TopicNameStrategy. */
export function subjectOf(topic: SchemaTopic, prefix = ''): string {
  return `${prefix}${topic}-value`;
}

/**
 * Registers the schema of every topic and returns their ids. Repeatable.
 * @param prefix Deployment prefix of the topic names.
 * @throws ParityError SCHEMA_INCOMPATIBLE, REGISTRY_UNAVAILABLE.
 */
export async function registerSchemas(registry: SchemaRegistry, prefix = ''): Promise<SchemaIds> {
  const ids = await Promise.all(
    SCHEMA_TOPICS.map(
      async (topic) =>
        [
          topic,
          await registry.register(subjectOf(topic, prefix), SCHEMAS[topic], compatibilityOf(topic)),
        ] as const,
    ),
  );
  return { ids: new Map(ids), schemaById: (id) => registry.schemaById(id) };
}
