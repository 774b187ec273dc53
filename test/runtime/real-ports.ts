import { randomUUID } from 'node:crypto';
import type { Environment, Logger } from '../../runtime/ports.ts';

const quiet: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quiet,
};

/** The real clock, timers and chance of this process; set `KAFKA_LOG=1` to see what the adapters log. */
export function realPorts(): Environment {
  return {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      after: (delay, task) => {
        const timer = setTimeout(task, delay);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    random: { next: () => Math.random(), uuid: () => randomUUID() },
    logger: process.env.KAFKA_LOG === undefined ? quiet : loud,
    metrics: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
  };
}

const loud: Logger = {
  debug: (fields, message) => console.log('debug', message, fields),
  info: (fields, message) => console.log('info', message, fields),
  warn: (fields, message) => console.log('warn', message, fields),
  error: (fields, message) => console.log('error', message, fields),
  child: () => loud,
};
