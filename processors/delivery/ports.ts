import type { Connector } from '../../connectors/contract.ts';
import type { ChannelTransport } from '../../connectors/transport/port.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { RequestBudgets } from '../limits/request-budgets.ts';

/** What delivery needs from outside; the wiring passes it. */
export interface DeliveryPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  readonly transport: ChannelTransport;
  /** Shared by all that this process sends. */
  readonly budgets: RequestBudgets;
}
