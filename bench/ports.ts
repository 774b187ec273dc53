import { randomUUID } from 'node:crypto';
import type { Environment, Logger } from '../runtime/ports.ts';

/** Errors and warnings go to stderr: a measurement during which something went wrong is none. */
function complainingLogger(fields: Record<string, unknown>): Logger {
  const print = (level: string) => (more: Record<string, unknown>, message: string) => {
    const text = JSON.stringify({ ...fields, ...more }, (_, value: unknown) =>
      value instanceof Error ? value.message : value,
    );
    process.stderr.write(`${level}: ${message} ${text}\n`);
  };
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: print('warn'),
    error: print('error'),
    child: (more) => complainingLogger({ ...fields, ...more }),
  };
}

/** The real clock, timers and chance of this process. */
export function realEnvironment(): Environment {
  return {
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: {
      after: (delay, task) => {
        const timer = setTimeout(task, delay);
        return { cancel: () => clearTimeout(timer) };
      },
    },
    random: { next: () => Math.random(), uuid: () => randomUUID() },
    logger: complainingLogger({}),
    metrics: { count: () => undefined, gauge: () => undefined, observe: () => undefined },
  };
}
