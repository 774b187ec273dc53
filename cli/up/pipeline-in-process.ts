import { setTimeout as delay } from 'node:timers/promises';
import { parseConfiguration } from '../../runtime/config/load.ts';
import type { MemoryBroker } from '../../runtime/log/memory/broker.ts';
import type { MemoryEventLog } from '../../runtime/log/memory/client.ts';
import type { systemEnvironment } from '../../runtime/system/environment.ts';
import type { SchemaRegistry } from '../../schemas/registry/port.ts';
import type { Node } from '../node.ts';
import { startNode } from '../node.ts';
import { RUNNABLE_STAGES } from '../pipeline.ts';
import type { PipelineAddresses, PipelineHost } from './pipeline-host.ts';

type SystemEnvironment = ReturnType<typeof systemEnvironment>;

/** How long a dropped pipeline may take to notice that nobody answers it any more. */
const DROP_MS = 10_000;

/**
 * The pipeline in this very process over a log in memory. Nothing in it can be killed, so a crash cuts it off from the log, lets it end
 * (nothing that it does then reaches the log), and builds another over the living log.
 */
export class PipelineInProcess implements PipelineHost {
  readonly failed: Promise<never>;
  readonly #broker: MemoryBroker;
  readonly #registry: SchemaRegistry;
  readonly #environment: () => SystemEnvironment;
  #values: Readonly<Record<string, string>>;
  #fail: (error: unknown) => void = () => undefined;
  #running: { readonly node: Node; readonly log: MemoryEventLog; dropped: boolean } | null = null;

  private constructor(
    values: Readonly<Record<string, string>>,
    broker: MemoryBroker,
    registry: SchemaRegistry,
    environment: () => SystemEnvironment,
  ) {
    this.#values = values;
    this.#broker = broker;
    this.#registry = registry;
    this.#environment = environment;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  static async start(
    values: Readonly<Record<string, string>>,
    broker: MemoryBroker,
    registry: SchemaRegistry,
    environment: () => SystemEnvironment,
  ): Promise<PipelineInProcess> {
    const host = new PipelineInProcess(values, broker, registry, environment);
    await host.#start();
    return host;
  }

  get addresses(): PipelineAddresses {
    const node = this.#running?.node;
    return { ingressUrl: node?.ingressUrl ?? '', healthUrl: node?.healthUrl ?? '' };
  }

  async crash(): Promise<void> {
    const { ingressUrl, healthUrl } = this.addresses;
    const dropped = this.#running;
    if (dropped) {
      dropped.dropped = true;
      this.#broker.isolateClient(dropped.log);
      const stopped = dropped.node.stop().catch(() => undefined);
      await Promise.race([stopped, delay(DROP_MS, undefined, { ref: false })]);
      this.#broker.killClient(dropped.log);
    }
    this.#values = {
      ...this.#values,
      PARITY_INGRESS_PORT: new URL(ingressUrl).port,
      PARITY_HEALTH_PORT: new URL(healthUrl).port,
    };
    await this.#start();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.dropped = true;
    await running.node.stop();
    await running.log.close();
  }

  async #start(): Promise<void> {
    const environment = this.#environment();
    const log = this.#broker.connect(environment);
    const ports = { log, registry: this.#registry };
    const node = await startNode(
      parseConfiguration(this.#values),
      environment,
      ports,
      RUNNABLE_STAGES,
    );
    const running = { node, log, dropped: false };
    this.#running = running;
    node.pipeline.ended.catch((error: unknown) => {
      if (!running.dropped) this.#fail(error);
    });
  }
}
