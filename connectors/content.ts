import { createHash } from 'node:crypto';
import type { Connection, DesiredContent } from '../schemas/generated/types.ts';
import type { ChannelRequest, ChannelResponse, Outcome } from './contract.ts';

/** A part of the content of a connection that its channel takes, or refuses, as a whole: `content/property_data`. */
export type ContentField = `content/${string}`;

/** What a channel is to be told of the content. A part of a pure codec. */
export interface ContentCodec {
  /** The parts in the order in which the channel needs them, each once. */
  parts(connection: Connection, content: DesiredContent): readonly ContentPart[];
  /** Absent where the parts are documents that the channel fetches. */
  readonly messages?: ContentMessages;
}

/** A part as it should stand at the channel. */
export interface ContentPart {
  readonly field: ContentField;
  /** The same number for the same message, whenever it is made; see `versionOf`. */
  readonly version: number;
  /** What the owner has to give before the channel can be told, in words; empty: nothing. */
  readonly missing: readonly string[];
}

export interface ContentMessages {
  /** The one request that tells the channel a part with nothing missing. @param now time of creation, ms since the epoch */
  plan(
    connection: Connection,
    content: DesiredContent,
    field: ContentField,
    now: number,
  ): ChannelRequest;
  /** What the answer means for the part as a whole. */
  interpret(response: ChannelResponse): Outcome;
}

/** Names a message by what it says: 48 bits of its hash, which a long and a JavaScript number hold. */
export function versionOf(message: string): number {
  return Number.parseInt(createHash('sha256').update(message).digest('hex').slice(0, 12), 16);
}
