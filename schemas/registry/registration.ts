import { compatibilityOf } from '../compatibility.ts';
import { SCHEMAS } from '../generated/schemas.ts';
import type { SchemaTopic } from '../values.ts';
import type { SchemaRegistry } from './port.ts';

/** The ids of this build's schemas, and where the schemas of other builds are found. */
export interface SchemaIds {
  /** Id under which this build writes the values of each topic. */
  readonly ids: ReadonlyMap<SchemaTopic, number>;
  /** @throws ParityError REGISTRY_UNAVAILABLE. */
  schemaById(id: number): Promise<object | null>;
}

export const SCHEMA_TOPICS = Object.keys(SCHEMAS) as readonly SchemaTopic[];

/** `<prefix><topic>-value`, Confluent's TopicNameStrategy. */
function subjectOf(topic: SchemaTopic, prefix = ''): string {
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
