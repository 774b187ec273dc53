import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type StackAddresses, type StackHandle, startStack } from '../local/stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a suite asks for the shared stack; `test/stack.ts` does. */
    stackServer: string;
  }
}

/**
 * Runs in the main process of vitest, before the infrastructure suites. It starts no stack, but a
 * small server on the loopback that starts one when the first suite asks: a run of suites that need
 * none costs nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let stack: Promise<StackHandle> | undefined;
  const server = createServer((request, response) => {
    request.resume();
    stack ??= startStack();
    stack.then(
      ({ kind, brokers, registryUrl, postgresUrl }) => {
        const addresses: StackAddresses = { kind, brokers, registryUrl, postgresUrl };
        response.end(JSON.stringify(addresses));
      },
      (error: Error) => {
        response.statusCode = 500;
        response.end(error.message);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  project.provide('stackServer', `http://127.0.0.1:${port}`);

  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const started = await stack?.catch(() => undefined);
    await started?.stop();
  };
}
