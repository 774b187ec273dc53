import kafkajs, { type logCreator } from 'kafkajs';
import type { Logger } from '../../ports.ts';

const { logLevel } = kafkajs;

/** From which level on kafkajs logs at all. */
export const KAFKAJS_LOG_LEVEL = logLevel.WARN;

/** kafkajs logs what it tries again as an error; what really failed is thrown at us. So its errors are warnings here, its warnings information. */
export function logTo(logger: Logger): logCreator {
  return () =>
    ({
      namespace,
      level,
      log: { message, timestamp: _timestamp, stack: _stack, logger: _logger, ...fields },
    }) => {
      const described = { client: namespace, ...fields };
      if (level === logLevel.ERROR) logger.warn(described, message);
      else if (level === logLevel.WARN) logger.info(described, message);
      else logger.debug(described, message);
    };
}
