import type { EventLog } from '../../runtime/event-log.ts';
import type { Environment } from '../../runtime/ports.ts';
import type { Serde } from '../../schemas/serde.ts';
import type { RelayStore } from '../ports/relay.ts';

export interface RelayPorts {
  readonly store: RelayStore;
  readonly log: EventLog;
  readonly serde: Serde;
  readonly environment: Environment;
  /** Partitions of every topic. */
  readonly partitions: number;
}
