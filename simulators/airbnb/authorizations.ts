import { jsonAnswer, type SimRequest, type SimResponse, type SimulatorPorts } from '../http.ts';
import { unauthorized } from './answers.ts';
import { readObject } from './json.ts';
import type { AirbnbRule, AirbnbSettings } from './settings.ts';

interface Host {
  readonly id: string;
  readonly refreshToken: string;
  readonly codes: Set<string>;
  revoked: boolean;
}

interface AccessToken {
  readonly host: string;
  /** Ms. */
  expiresAt: number;
  /** Ended by the platform, not by time: using it is not the partner's fault. */
  revoked: boolean;
}

type Grant = { readonly token: string; readonly host: string; readonly expiresAt: number };

/** Hosts and their tokens. A refresh gives a new access token and leaves older ones valid; the refresh token stays. */
export class Authorizations {
  readonly #ports: SimulatorPorts;
  readonly #settings: () => AirbnbSettings;
  readonly #hosts = new Map<string, Host>();
  readonly #tokens = new Map<string, AccessToken>();
  #next = 1;
  issued = 0;

  constructor(ports: SimulatorPorts, settings: () => AirbnbSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** A host who has tied this app; the code can be exchanged once. */
  createHost(id: string): {
    readonly id: string;
    readonly refreshToken: string;
    readonly code: string;
  } {
    const known = this.#hosts.get(id);
    const host: Host = known ?? {
      id,
      refreshToken: `refresh-${id}`,
      codes: new Set(),
      revoked: false,
    };
    const code = `code-${id}-${this.#take()}`;
    host.codes.add(code);
    this.#hosts.set(id, host);
    return { id, refreshToken: host.refreshToken, code };
  }

  /** The host withdraws the authorisation: no token works, no refresh is granted. */
  revoke(id: string): void {
    const host = this.#hosts.get(id);
    if (host) host.revoked = true;
    for (const token of this.#tokens.values()) if (token.host === id) token.revoked = true;
  }

  expireAll(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }

  /** A valid token without a call, for set-up. */
  issue(host: string): Grant {
    const token = `access-${host}-${this.#take()}`;
    const expiresAt = this.#ports.clock.now() + this.#settings().tokenLifeMs;
    this.#tokens.set(token, { host, expiresAt, revoked: false });
    this.issued += 1;
    return { token, host, expiresAt };
  }

  /** The host of a token at an instant (ms; default now), or why it is none. */
  hostOf(
    token: string | undefined,
    at = this.#ports.clock.now(),
  ): { readonly host: string } | { readonly fault: 'expired' | 'revoked' | 'unknown' } {
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (!known) return { fault: 'unknown' };
    if (known.revoked) return { fault: 'revoked' };
    if (known.expiresAt <= at) return { fault: 'expired' };
    return { host: known.host };
  }

  /** `POST /v2/oauth2/authorizations`: code or refresh token against an access token. */
  exchange(request: SimRequest, violate: (rule: AirbnbRule, detail: string) => void): SimResponse {
    const { clientId, clientSecret } = this.#settings();
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (request.headers.authorization !== basic) {
      violate('grant_invalid', 'client id or secret');
      return unauthorized();
    }
    const grant = readGrant(request.body);
    const host = grant && this.#redeem(grant);
    if (!host) {
      violate('grant_invalid', 'refresh token or code');
      return jsonAnswer(400, {
        error_code: 400,
        error: 'invalid_grant',
        error_message: 'The grant is not valid.',
      });
    }
    if (host.revoked)
      return jsonAnswer(400, {
        error_code: 400,
        error: 'invalid_grant',
        error_message: 'Revoked.',
      });
    const { token, expiresAt } = this.issue(host.id);
    return jsonAnswer(200, {
      access_token: token,
      expires_at: Math.floor(expiresAt / 1_000),
      ...(grant.code === undefined ? {} : { refresh_token: host.refreshToken }),
      user_id: Number(host.id),
      user_id_str: host.id,
    });
  }

  /** `GET` and `DELETE /v2/oauth2/authorizations/{token}`. */
  inspect(method: string, token: string): SimResponse {
    const valid = 'host' in this.hostOf(token);
    const known = this.#tokens.get(token);
    if (method === 'DELETE' && known) known.revoked = true;
    return jsonAnswer(200, { valid: method === 'DELETE' ? false : valid });
  }

  #redeem(grant: { readonly code?: string; readonly refresh_token?: string }): Host | undefined {
    for (const host of this.#hosts.values()) {
      if (grant.refresh_token === host.refreshToken) return host;
      if (grant.code !== undefined && host.codes.delete(grant.code)) return host;
    }
    return undefined;
  }

  #take(): number {
    const number = this.#next;
    this.#next += 1;
    return number;
  }
}

function readGrant(
  body: string,
): { readonly code?: string; readonly refresh_token?: string } | undefined {
  const { code, refresh_token } = readObject(body) ?? {};
  if (typeof code === 'string') return { code };
  return typeof refresh_token === 'string' ? { refresh_token } : undefined;
}
