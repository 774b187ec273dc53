import type { EventTopicName, TableName, TopicName } from '../topology/types.ts';
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

/** Decoded value of any topic. */
export type TopicValue = TopicValues[TopicName];

/** Decoded value of any table. */
export type TableValue = TopicValues[TableName];

/** Decoded value of any event topic. */
export type DecodedRecord = TopicValues[EventTopicName];
