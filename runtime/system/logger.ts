import type { DestinationStream } from 'pino';
import pino from 'pino';
import type { Logger } from '../ports.ts';
import { redacted } from './redact.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * JSON lines by pino: `level`, `time` (ISO 8601), `msg`, and where they are known `stage`, `partition`, `tenant`, `connection`, `trace`,
 * `code` and `error`. Secrets and guests are censored whatever the level.
 */
export function pinoLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return wrap(destination ? pino(options, destination) : pino(options));
}

function wrap(log: pino.Logger): Logger {
  const at = (level: Exclude<LogLevel, 'silent'>) => {
    return (fields: Record<string, unknown>, message: string): void => {
      if (log.isLevelEnabled(level)) log[level](redacted(fields), message);
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(log.child(redacted(fields))),
  };
}
