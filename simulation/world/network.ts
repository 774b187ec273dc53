import type { ChannelResponse } from '../../connectors/contract.ts';
import type { WireRequest } from '../../connectors/transport/in-process.ts';
import { NotReached, type Platform } from '../../connectors/transport/in-process.ts';
import type { VirtualProcess } from '../../runtime/testing/virtual-time.ts';
import { simRequest } from '../../simulators/http.ts';
import type { Chance } from '../chance.ts';
import type { RequestLog } from '../observers/request-log.ts';
import type { Channel } from './channels.ts';

/** Whence all processes call: they stand behind one door. */
export const ADDRESS = 'parity';
/** One way between us and a platform, ms. */
const LONGEST_WAY_MS = 25;

export interface NetworkPorts {
  /** Lives when processes die: what is on the wire arrives. */
  readonly host: VirtualProcess;
  readonly chance: Chance;
  readonly requests: RequestLog;
  channel(name: string): Channel;
}

/** The wires between the processes and the platforms. */
export class Network {
  readonly #ports: NetworkPorts;
  /** Chance that a connection is refused. */
  refusing = 0;
  refused = 0;

  constructor(ports: NetworkPorts) {
    this.#ports = ports;
  }

  /** The platforms as one process reaches them; what comes back is for that process, which may be frozen or dead by then. */
  from(process: VirtualProcess): Platform {
    return (wire) => this.#exchange(wire, process);
  }

  /** Travel time of one message, ms. */
  way(): number {
    return this.#ports.chance.between(0, LONGEST_WAY_MS);
  }

  #exchange(wire: WireRequest, process: VirtualProcess): Promise<ChannelResponse> {
    const { chance, host, requests } = this.#ports;
    const sent = requests.takeLeaving();
    if (chance.happens(this.refusing)) {
      this.refused += 1;
      if (sent) requests.notReached(sent);
      return new Promise((_resolve, reject) => {
        process.after(this.way(), () => reject(new NotReached()));
      });
    }
    return new Promise((resolve, reject) => {
      host.after(this.way(), () => {
        const { platform } = this.#ports.channel(wire.channel);
        const answered = platform.handle({
          ...simRequest(wire.method, wire.path, wire.headers, wire.body),
          address: ADDRESS,
        });
        const exchange = platform.ledger.exchanges().at(-1);
        if (sent && exchange) requests.arrived(sent, exchange);
        answered.then(
          (answer) => host.after(this.way(), () => process.after(0, () => resolve(answer))),
          (error: unknown) => host.after(this.way(), () => process.after(0, () => reject(error))),
        );
      });
    });
  }
}
