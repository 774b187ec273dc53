import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { javaCommand } from '../local/process/java.ts';
import type { StackKind } from '../local/stack.ts';

/** Where numbers were measured; they mean little without it. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** null: there is none on the path. */
  readonly jdk: string | null;
  readonly stack: StackKind;
}

const GIBIBYTE = 1_073_741_824;

export async function describeMachine(stack: StackKind): Promise<Machine> {
  const cores = cpus();
  return {
    cores: cores.length,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / GIBIBYTE),
    system: `${type()} ${release()}`,
    node: process.version,
    jdk: await jdkVersion(),
    stack,
  };
}

/** Load of the last minute: processes that ran or wanted to. Over the number of cores, others slowed us down. */
export function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/** Linux counts in hundredths of a second for every program. */
const TICK_MS = 10;
const NANOSECONDS = 1_000_000;

/** What a process has had of the processors so far. */
export interface Processing {
  /** ms computed, all threads. */
  readonly computedMs: number;
  /** ms that its main thread was ready to run and had no processor. What others do on the machine shows here. */
  readonly waitedMs: number;
}

/** Null where there is no /proc, or the process is gone. */
export function processingOf(pid: number): Processing | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // pid (comm) state …; comm may itself contain parentheses. User and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return {
      computedMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      waitedMs: Number(waited) / NANOSECONDS,
    };
  } catch {
    // Another system, or the process has ended.
    return null;
  }
}

async function jdkVersion(): Promise<string | null> {
  try {
    const { stderr } = await promisify(execFile)(javaCommand(process.env), ['-version']);
    return stderr.split('\n')[0]?.trim() ?? null;
  } catch {
    // No JDK here: the stack runs elsewhere.
    return null;
  }
}
