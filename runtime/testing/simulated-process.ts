import type { MemoryBroker } from '../log/memory/broker.ts';
import type { MemoryEventLog } from '../log/memory/client.ts';
import type { Environment } from '../ports.ts';
import { LineLogger, TallyMetrics } from './observed.ts';
import type { VirtualProcess, VirtualTime } from './virtual-time.ts';

/**
 * One process of a simulated deployment: its clock, its timers and its client of the log live, freeze and die together,
 * which is what tells kill -9 and a stop of the machine from an exception.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly environment: Environment;
  readonly log: MemoryEventLog;
  readonly logger: LineLogger;
  readonly metrics: TallyMetrics;
  readonly #broker: MemoryBroker;
  readonly #host: VirtualProcess;

  constructor(time: VirtualTime, broker: MemoryBroker, name: string, skew = 0) {
    this.name = name;
    this.#broker = broker;
    this.#host = time.process(name, { skew });
    this.logger = new LineLogger(this.#host);
    this.metrics = new TallyMetrics();
    this.environment = {
      clock: this.#host,
      timers: this.#host,
      random: time.random,
      logger: this.logger,
      metrics: this.metrics,
    };
    this.log = broker.connect(this.environment);
  }

  get state(): 'running' | 'frozen' | 'killed' {
    return this.#host.state;
  }

  /** kill -9. `inFlight` is what becomes of produce requests under way. */
  kill(inFlight: 'lands' | 'held' | 'lost' = 'lost'): void {
    this.#host.kill();
    this.#broker.killClient(this.log, inFlight);
  }

  /** SIGSTOP, or a machine that pauses: nothing of the process happens until `thaw`. */
  freeze(inFlight: 'lands' | 'held' = 'held'): void {
    this.#host.freeze();
    this.#broker.freezeClient(this.log, inFlight);
  }

  thaw(): void {
    this.#host.thaw();
    this.#broker.resumeClient(this.log);
  }
}
