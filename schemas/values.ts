import type { SchemaValues } from './generated/types.ts';

/**
 * Decoded value type of each topic. `channel.dead-letters` has no schema: its value is the bytes of the record that it
 * holds.
 */
export interface TopicValues extends SchemaValues {
  readonly 'channel.dead-letters': Uint8Array;
}

/** Topics whose values are Avro. */
export type SchemaTopic = keyof SchemaValues;
