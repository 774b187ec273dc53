import type { ChannelRequest } from '../contract.ts';

/** A request as one would read it on the wire; golden files hold this. */
export function wireText({ method, path, headers, body }: ChannelRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path}`, ...lines, '', body ?? ''].join('\n')}\n`;
}
