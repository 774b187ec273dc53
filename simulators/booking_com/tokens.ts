import { createHmac } from 'node:crypto';
import { jsonAnswer, type SimRequest, type SimResponse, type SimulatorPorts } from '../http.ts';
import type { BookingComRule, BookingComSettings } from './settings.ts';

interface Token {
  readonly account: string;
  readonly expiresAt: number;
  revoked: boolean;
}

/** The token exchange of machine accounts. */
export class Tokens {
  readonly #ports: SimulatorPorts;
  readonly #settings: () => BookingComSettings;
  readonly #tokens = new Map<string, Token>();
  issued = 0;

  constructor(ports: SimulatorPorts, settings: () => BookingComSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  /** A valid token without a call, for set-up. */
  issue(account: string): string {
    this.issued += 1;
    const issuedAt = Math.floor(this.#ports.clock.now() / 1_000);
    const expiresAt = issuedAt * 1_000 + this.#settings().tokenLifeMs;
    const claims = {
      sub: account,
      iat: issuedAt,
      exp: Math.floor(expiresAt / 1_000),
      jti: String(this.issued),
    };
    const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    const jwt = `${unsigned}.${createHmac('sha256', 'simulated').update(unsigned).digest('base64url')}`;
    this.#tokens.set(jwt, { account, expiresAt, revoked: false });
    return jwt;
  }

  expireAll(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }

  /** The machine account of a bearer at an instant (ms; default now), or why there is none. */
  accountOf(
    authorization: string | undefined,
    at = this.#ports.clock.now(),
  ):
    | { readonly account: string }
    | { readonly fault: 'missing' | 'expired' | 'revoked' | 'unknown' } {
    const bearer = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (bearer === undefined) return { fault: 'missing' };
    const token = this.#tokens.get(bearer);
    if (!token) return { fault: 'unknown' };
    if (token.revoked) return { fault: 'revoked' };
    return token.expiresAt <= at ? { fault: 'expired' } : { account: token.account };
  }

  /** `POST /token-based-authentication/exchange`. */
  exchange(
    request: SimRequest,
    ruid: string,
    take: (account: string) => boolean,
    violate: (rule: BookingComRule, detail: string) => void,
  ): SimResponse {
    const { client_id: id, client_secret: secret } = readObject(request.body);
    if (
      typeof id !== 'string' ||
      this.#settings().accounts[id] === undefined ||
      this.#settings().accounts[id] !== secret
    ) {
      violate('credentials_invalid', String(id));
      return jsonAnswer(401, { error: 'invalid client', ruid });
    }
    if (!take(id)) {
      violate('token_limit', id);
      return jsonAnswer(429, { error: 'too many tokens', ruid });
    }
    return jsonAnswer(200, { jwt: this.issue(id), ruid });
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
