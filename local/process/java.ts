import { join } from 'node:path';

/** The `java` to run: that of `JAVA_HOME` if it is set, else the one on the PATH. */
export function javaCommand(env: NodeJS.ProcessEnv): string {
  const home = env.JAVA_HOME;
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** Options of every Java process of the stack: small, quick to start, and nothing left in /tmp. */
export function javaOptions(maxHeapMb: number, temporaryDir: string): string[] {
  return [
    '-Xms128m',
    `-Xmx${maxHeapMb}m`,
    '-XX:+UseSerialGC',
    // The first compiler alone halves the start; the second never pays on a local stack.
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:-UsePerfData',
    '-Djava.awt.headless=true',
    `-Djava.io.tmpdir=${temporaryDir}`,
  ];
}
