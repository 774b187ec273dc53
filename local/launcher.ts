import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 250;

/**
 * Calls `onGone` once when the npm command that launched this process has ended. npm passes on
 * SIGINT and SIGTERM but nothing can pass on a kill -9: without this, `npm start` killed that way
 * would leave the program behind.
 *
 * Watches the parent and, where npm put a shell in between, the shell's parent. Does nothing
 * outside an npm script.
 *
 * @returns ends the watch
 */
export function watchLauncher(
  onGone: () => void,
  env: NodeJS.ProcessEnv = process.env,
): () => void {
  if (env.npm_lifecycle_event === undefined) return () => undefined;
  const shell = process.ppid;
  const npm = parentOf(shell);
  const timer = setInterval(() => {
    const orphaned = process.ppid !== shell || (npm !== undefined && parentOf(shell) !== npm);
    if (!orphaned) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The parent of a shell; undefined for any other process: npm itself may well outlive the terminal
 * it was started from. `/proc` where there is one, else `ps`, which costs a process per call.
 */
function parentOf(pid: number): number | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // pid (comm) state ppid ...: comm may itself contain parentheses.
      const end = stat.lastIndexOf(')');
      const command = stat.slice(stat.indexOf('(') + 1, end);
      return isShell(command) ? Number(stat.slice(end + 2).split(' ')[1]) : undefined;
    }
    const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
    const [parent, ...command] = line.trim().split(/\s+/);
    return isShell(command.join(' ')) ? Number(parent) : undefined;
  } catch {
    // No such process, or no `ps`: what cannot be seen is not watched.
    return undefined;
  }
}

function isShell(command: string): boolean {
  return /(^|\/)-?(sh|dash|bash|zsh|ash|busybox)$/.test(command);
}
