import { loadConfiguration } from '../../runtime/config/load.ts';
import { systemEnvironment } from '../../runtime/system/environment.ts';
import { pinoLogger } from '../../runtime/system/logger.ts';
import { nodeServices, SERVICE_FIELDS } from '../node.ts';
import type { Services } from '../services.ts';

type CommandContext = {
  readonly services: Services;
  readonly environment: ReturnType<typeof systemEnvironment>;
};

/** Runs one use-case over the configured database and closes it. @throws ParityError CONFIG_INVALID, and those of the use-case */
export async function withServices(
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const configuration = await loadConfiguration(process.env, SERVICE_FIELDS);
  const environment = systemEnvironment(pinoLogger('warn'));
  const services = nodeServices(configuration, environment);
  try {
    await work({ services, environment });
  } finally {
    await services.close();
  }
}
