import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { ParityError } from '../schemas/errors.ts';

/**
 * Below the range from which the usual systems hand out ports to outgoing connections (Linux from
 * 32768, macOS from 49152): a broker that is down for a moment finds its port free again.
 */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const ATTEMPTS = 200;

/**
 * Ports of 127.0.0.1 on which nothing listens now, all different. Between the answer and its use
 * another process may take one: a caller whose server then fails to bind asks again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt >= ATTEMPTS) {
      throw new ParityError(
        'STACK_FAILED',
        `No ${count} free ports between ${LOWEST} and ${HIGHEST}.`,
      );
    }
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
