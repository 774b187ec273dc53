import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { descendantsOf, isAlive } from '../processes.ts';

export interface Ran {
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly output: string;
  /** Of stdout, trimmed. */
  readonly lastLine: string;
}

/** Runs a command to its end. @throws Error with its output after `timeoutMs`, when it and all below it are killed. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs: number },
): Promise<Ran> {
  const { cwd, env = process.env, timeoutMs } = options;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    for (const pid of descendantsOf([child.pid ?? 0]))
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }, timeoutMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (late) throw new Error(`${command} ${args.join(' ')}: not within ${timeoutMs} ms\n${output}`);
  return { code, output, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' };
}
