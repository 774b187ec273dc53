import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { cacheDir } from '../local/process/artifacts.ts';

/**
 * A Python that can import the given modules, or null: `PARITY_PYTHON` if it is set, the virtual
 * environment that `.ci/run` makes, then whatever is on the PATH. A test without it is skipped and
 * says so.
 */
export async function findPython(modules: readonly string[]): Promise<string | null> {
  const { PARITY_PYTHON } = process.env;
  const candidates = [
    ...(PARITY_PYTHON === undefined ? [] : [PARITY_PYTHON]),
    join(cacheDir(process.env), 'python', 'bin', 'python'),
    'python3',
  ];
  for (const python of candidates) {
    if (await imports(python, modules)) return python;
  }
  return null;
}

function imports(python: string, modules: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(python, ['-c', `import ${modules.join(', ')}`], (error) => resolve(error === null));
  });
}
