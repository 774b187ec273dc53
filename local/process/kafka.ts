import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ParityError } from '../../schemas/errors.ts';
import { freePorts } from '../ports.ts';
import { tailOf, waitFor } from '../wait.ts';
import type { Artifacts } from './artifacts.ts';
import { type BrokerAddress, brokerProperties } from './broker-properties.ts';
import type { Child, Children } from './children.ts';
import { javaCommand, javaOptions } from './java.ts';

const MAX_HEAP_MB = 512;
const START_MS = 60_000;
const START_ATTEMPTS = 3;
/** The last line that a broker logs on its way up, once the controllers have let it in. */
const STARTED = 'Kafka Server started';
const LOG_CONFIG = fileURLToPath(new URL('./kafka-log4j2.properties', import.meta.url));

interface LocalKafka {
  /** host:port of each broker. */
  brokers: string[];
  /** kill -9; resolves when the process is gone. Nothing if it is dead already. */
  killBroker(index: number): Promise<void>;
  /** Starts a killed broker on its old address and data. Nothing if it lives. */
  startBroker(index: number): Promise<void>;
}

export interface KafkaOptions {
  children: Children;
  artifacts: Artifacts;
  dataDir: string;
  durable: boolean;
  brokers: 1 | 3;
  env: NodeJS.ProcessEnv;
}

/**
 * Starts one or three brokers in KRaft mode, each its own controller, on free ports of 127.0.0.1.
 *
 * @throws ParityError `STACK_FAILED` with the last lines of the broker's log
 */
export async function startKafka(options: KafkaOptions): Promise<LocalKafka> {
  const clusterId = await clusterIdOf(options.dataDir);
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(options.brokers * 2);
    const cluster = Array.from({ length: options.brokers }, (_, index) => ({
      port: ports[index * 2] ?? 0,
      controllerPort: ports[index * 2 + 1] ?? 0,
    }));
    const started = await Promise.allSettled(
      cluster.map((_, index) => startBroker(options, cluster, index, clusterId)),
    );
    const failed = started.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      return handleOf(
        options,
        cluster,
        clusterId,
        started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      );
    }
    const portTaken = /Address already in use|BindException/.test(String(failed.reason));
    if (!portTaken || attempt === START_ATTEMPTS) throw failed.reason;
    for (const result of started) {
      if (result.status === 'fulfilled') await kill(options.children, result.value);
    }
  }
}

function handleOf(
  options: KafkaOptions,
  cluster: readonly BrokerAddress[],
  clusterId: string,
  children: Child[],
): LocalKafka {
  const childOf = (index: number): Child => {
    const child = children[index];
    if (child === undefined) {
      throw new ParityError('STACK_FAILED', `There is no broker ${index} in this stack.`);
    }
    return child;
  };
  return {
    brokers: cluster.map((address) => `127.0.0.1:${address.port}`),
    killBroker: (index) => kill(options.children, childOf(index)),
    startBroker: async (index) => {
      if (childOf(index).ended()) {
        children[index] = await startBroker(options, cluster, index, clusterId);
      }
    },
  };
}

async function kill(children: Children, child: Child): Promise<void> {
  if (!child.ended()) children.signal(child.id, 'SIGKILL');
  await child.exited;
}

/** Formats the broker's directory if it is new, runs the broker, and waits until it serves. */
async function startBroker(
  options: KafkaOptions,
  cluster: readonly BrokerAddress[],
  index: number,
  clusterId: string,
): Promise<Child> {
  const { children, artifacts, dataDir, env } = options;
  const id = `kafka-${index}`;
  const home = join(dataDir, id);
  const temporaryDir = join(home, 'tmp');
  await mkdir(temporaryDir, { recursive: true });
  const logDir = join(home, 'data');
  const config = join(home, 'server.properties');
  await writeFile(config, brokerProperties({ cluster, index, logDir }));
  const log = join(dataDir, 'logs', `${id}.log`);
  const java = (main: string[]) => ({
    command: javaCommand(env),
    args: [
      ...javaOptions(MAX_HEAP_MB, temporaryDir),
      `-Dlog4j2.configurationFile=${LOG_CONFIG}`,
      '-cp',
      join(artifacts.kafkaLibs, '*'),
      ...main,
    ],
    cwd: home,
    env,
    log,
  });

  if (!existsSync(join(logDir, 'meta.properties'))) {
    const format = await children.spawn({
      ...java(['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]),
      id: `${id}-format`,
      stopSignal: 'SIGKILL',
    });
    const code = await format.exited;
    if (code !== 0) {
      throw new ParityError('STACK_FAILED', `Formatting ${id} failed. ${await tailOf(log)}`);
    }
  }
  const logged = await stat(log).then(({ size }) => size);
  const child = await children.spawn({
    ...java(['kafka.Kafka', config]),
    id,
    stopSignal: options.durable ? 'SIGTERM' : 'SIGKILL',
  });
  await ready(child, logged);
  return child;
}

/** @param from where in the log this run begins: what is before it was said by an earlier run */
async function ready(child: Child, from: number): Promise<void> {
  await waitFor(
    `The start of ${child.id}`,
    START_MS,
    async () => {
      if (child.ended()) {
        throw new ParityError('STACK_FAILED', `${child.id} ended. ${await tailOf(child.log, 30)}`);
      }
      const text = await readFile(child.log);
      return text.subarray(from).includes(STARTED) ? true : undefined;
    },
    () => tailOf(child.log),
  );
}

/** A cluster id is a UUID in 22 characters of url-safe base64; one that starts with - is an option. */
async function clusterIdOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'kafka-cluster-id');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  let id: string;
  do {
    id = randomBytes(16).toString('base64url');
  } while (id.startsWith('-'));
  await writeFile(file, id);
  return id;
}
