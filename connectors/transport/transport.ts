import type { Logger, Timers } from '../../runtime/ports.ts';
import { authorise, type CredentialSource } from './authorise.ts';
import { deadline } from './deadline.ts';
import { compose, type Exchange } from './exchange.ts';
import { gate } from './gate.ts';
import type { ChannelTransport } from './port.ts';
import { trace } from './trace.ts';

/** What carries the calls: undici in production, the simulator cores in the simulation. */
export interface Carrier {
  readonly exchange: Exchange;
  close(): Promise<void>;
}

export interface TransportPorts {
  readonly timers: Timers;
  readonly logger: Logger;
  readonly credentials: CredentialSource;
}

/**
 * The stack, outermost first: trace → authorisation → gate (limiter slot, last word of the sender) → deadline → carrier. The
 * slot is asked for when the request is ready to go and given back from its answer; a token that must be renewed first costs no
 * slot, and waiting for a slot does not shorten the life of the request.
 */
export function createTransport(carrier: Carrier, ports: TransportPorts): ChannelTransport {
  const exchange = compose(
    [trace(ports.logger), authorise(ports.credentials), gate(), deadline(ports.timers)],
    carrier.exchange,
  );
  return {
    send: (channel, request, options) =>
      exchange({ channel, request, headers: request.headers, options, signal: options.signal }),
    close: () => carrier.close(),
  };
}
