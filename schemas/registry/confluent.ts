import {
  COMPATIBILITY,
  SchemaRegistry as RegistryClient,
  SchemaType,
} from '@kafkajs/confluent-schema-registry';
import { ParityError } from '../errors.ts';
import type { Compatibility, SchemaRegistry } from './port.ts';

const TIMEOUT_MS = 5_000;
const JSON_TYPE = 'application/vnd.schemaregistry.v1+json';
const NOT_FOUND = 404;
const LEVELS = {
  FULL_TRANSITIVE: COMPATIBILITY.FULL_TRANSITIVE,
  BACKWARD_TRANSITIVE: COMPATIBILITY.BACKWARD_TRANSITIVE,
} as const satisfies Record<Compatibility, COMPATIBILITY>;

export interface ConfluentRegistryOptions {
  /** Base address of the Confluent API, e.g. `http://localhost:8081` or Apicurio's `http://localhost:8080/apis/ccompat/v7`. */
  readonly url: string;
  /** How long one request may take, ms. Default 5,000. */
  readonly timeoutMs?: number;
  readonly auth?: { readonly username: string; readonly password: string };
}

/**
 * A registry with Confluent's API. The client of kafkajs registers schemas and gets ids; the subject's compatibility is set before, since
 * Apicurio answers NONE for a subject without a rule of its own, which that client takes for a conflict. Schemas by id are read as
 * they are: the client would drop the logical types.
 */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #client: RegistryClient;

  constructor({ url, auth, timeoutMs = TIMEOUT_MS }: ConfluentRegistryOptions) {
    this.#timeoutMs = timeoutMs;
    this.#url = url.replace(/\/+$/, '');
    const basic = auth && Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
    this.#headers = {
      accept: JSON_TYPE,
      'content-type': JSON_TYPE,
      ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
    };
    this.#client = new RegistryClient({
      host: this.#url,
      retry: { retries: 0 },
      middlewares: [
        () => ({ prepareRequest: async (next) => (await next()).enhance({ timeout: timeoutMs }) }),
      ],
      ...(auth === undefined ? {} : { auth }),
    });
  }

  async register(subject: string, schema: object, compatibility: Compatibility): Promise<number> {
    await this.#setCompatibility(subject, compatibility);
    try {
      const confluent = { type: SchemaType.AVRO as const, schema: JSON.stringify(schema) };
      const { id } = await this.#client.register(confluent, {
        subject,
        compatibility: LEVELS[compatibility],
      });
      return id;
    } catch (cause) {
      throw registrationError(subject, cause);
    }
  }

  async schemaById(id: number): Promise<object | null> {
    const answer = await this.#call('GET', `/schemas/ids/${id}`);
    if (answer === null) return null;
    const { schema, schemaType } = answer as {
      readonly schema?: unknown;
      readonly schemaType?: unknown;
    };
    if (typeof schema !== 'string' || (schemaType !== undefined && schemaType !== 'AVRO'))
      return null;
    try {
      return JSON.parse(schema) as object;
    } catch {
      return null;
    }
  }

  async #setCompatibility(subject: string, compatibility: Compatibility): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const present = (await this.#call('GET', path)) as {
      readonly compatibilityLevel?: unknown;
    } | null;
    if (present?.compatibilityLevel !== compatibility)
      await this.#call('PUT', path, { compatibility });
  }

  /** The JSON answer; null for 404. @throws ParityError REGISTRY_UNAVAILABLE for anything else than success. */
  async #call(method: 'GET' | 'PUT', path: string, body?: object): Promise<unknown> {
    try {
      const response = await fetch(this.#url + path, {
        method,
        headers: this.#headers,
        signal: AbortSignal.timeout(this.#timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === NOT_FOUND) return null;
      if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw unavailable(`${method} ${path}`, cause);
    }
  }
}

/** 409 (incompatible) and 422 (no valid schema) are refusals; everything else means that the registry could not say. */
function registrationError(subject: string, cause: unknown): ParityError {
  const status =
    typeof cause === 'object' && cause !== null && 'status' in cause ? cause.status : undefined;
  if (status !== 409 && status !== 422) return unavailable(`registering ${subject}`, cause);
  return new ParityError(
    'SCHEMA_INCOMPATIBLE',
    `The registry refused the schema of ${subject}: ${messageOf(cause)}`,
    { cause },
  );
}

function unavailable(what: string, cause: unknown): ParityError {
  return new ParityError(
    'REGISTRY_UNAVAILABLE',
    `The schema registry failed at ${what}: ${messageOf(cause)}`,
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
