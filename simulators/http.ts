/** A request as it reaches a platform. Header names are lower-case; query values are decoded. */
export interface SimRequest {
  readonly method: string;
  /** Path without query, as on the wire. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Who sends, for limits by address. Default: one and the same sender. */
  readonly address?: string;
}

export interface SimResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Fetches a document that the partner serves; rejects when there is no answer. */
export type FetchDocument = (
  url: string,
  headers: Readonly<Record<string, string>>,
) => Promise<SimResponse>;

/** Wall clock of the platform, ms since the epoch. */
export interface SimClock {
  now(): number;
}

export interface SimTimers {
  /** Runs `task` once, `delay` ms from now. */
  after(delay: number, task: () => void): { cancel(): void };
}

/** Everything ambient that a simulator needs. `random` is uniform in [0, 1). */
export interface SimulatorPorts {
  readonly clock: SimClock;
  readonly timers: SimTimers;
  readonly random: () => number;
}

/** The platform dropped the connection: `handle` rejects with it, the server destroys the socket. */
export class ConnectionReset extends Error {
  constructor() {
    super('connection reset by the platform');
    this.name = 'ConnectionReset';
  }
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): SimResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

export function xmlAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): SimResponse {
  return {
    status,
    headers: { 'content-type': 'application/xml; charset=utf-8', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/**
 * Makes a request from a path with query, as a client would write it.
 * @param target e.g. `/v2/reservations?host_id=7`
 */
export function simRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): SimRequest {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = Object.fromEntries(new URLSearchParams(at < 0 ? '' : target.slice(at + 1)));
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { method, path, query, headers: lower, body };
}
