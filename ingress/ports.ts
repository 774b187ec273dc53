import type { Connector } from '../connectors/contract.ts';
import type { Environment } from '../runtime/ports.ts';
import type { Output } from '../runtime/stage.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import type { Connection } from '../schemas/generated/types.ts';

/** What the ingress needs from outside; the wiring passes it. */
export interface IngressPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  /** The connection as the log's table has it; undefined: none. */
  connection(id: string): Connection | undefined;
  /** Valid secrets of a connection, newest first; empty: none. @throws DATABASE_UNAVAILABLE */
  webhookSecrets(connection: Connection): Promise<readonly string[]>;
  /** Writes records durably. @throws LOG_UNAVAILABLE when it is not sure that all were written. */
  publish(outputs: readonly Output[]): Promise<void>;
  readonly environment: Environment;
}

/** An answer to a caller outside. `code` is set when it is an error. */
export interface IngressAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
