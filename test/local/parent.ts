/**
 * Starts a stack and then does what its argument says: `wait` to be killed, or `crash`. Prints one
 * JSON line with the processes of the stack.
 */
import { startStack } from '../../local/stack.ts';

const stack = await startStack({ kind: 'process', onProgress: () => undefined });
process.stdout.write(`${JSON.stringify({ pids: stack.pids(), brokers: stack.brokers })}\n`);
const alive = setInterval(() => undefined, 1_000);
if (process.argv[2] === 'crash') {
  clearInterval(alive);
  throw new Error('a crash, on purpose');
}
