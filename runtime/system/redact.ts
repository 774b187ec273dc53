/** Field names whose values never reach a log, compared in lower case without `-` and `_`. */
const SECRET = new Set([
  'authorization',
  'cookie',
  'setcookie',
  'password',
  'secret',
  'clientsecret',
  'webhooksecret',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'apikey',
  'jwt',
  'signature',
  'vaultkeys',
  'connectionstring',
  // Guests.
  'guest',
  'guests',
  'guestname',
  'firstname',
  'lastname',
  'email',
  'phone',
  'address',
  'specialrequests',
  // Bodies that hold both.
  'body',
  'rawbody',
  'redactedpayload',
]);
const CENSORED = '[redacted]';
/** Nesting beyond which a value is only named. */
const DEEPEST = 6;
const BEARER = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi;
/** User and password inside a URL. */
const CREDENTIALS_IN_URL = /(\w+:\/\/)[^\s/:@]+:[^\s/@]+@/g;

/**
 * Fields of a log line with secrets and guests censored, at any depth and in any spelling of the name. Errors become
 * type, code, message and stack, with their causes. Texts lose bearer tokens and the credentials inside URLs.
 */
export function redacted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return object(fields, 0);
}

function value(of: unknown, depth: number): unknown {
  if (typeof of === 'string') return text(of);
  if (typeof of === 'bigint') return of.toString();
  if (typeof of !== 'object' || of === null) return of;
  if (depth > DEEPEST) return '[deep]';
  if (of instanceof Error) return error(of, depth);
  if (of instanceof Uint8Array) return `[${of.byteLength} bytes]`;
  if (of instanceof Date) return of.toISOString();
  if (of instanceof Map) return object(Object.fromEntries(of), depth);
  if (Array.isArray(of) || of instanceof Set) return [...of].map((item) => value(item, depth + 1));
  return object(of as Readonly<Record<string, unknown>>, depth);
}

function object(of: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const entries = Object.entries(of).map(([name, item]) => [
    name,
    isSecret(name) && item !== null && item !== undefined ? CENSORED : value(item, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function error(of: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = of;
  const code = (of as { code?: unknown }).code;
  return {
    type: name,
    ...(code === undefined ? {} : { code: value(code, depth + 1) }),
    message: text(message),
    stack: text(stack ?? ''),
    ...(cause === undefined ? {} : { cause: value(cause, depth + 1) }),
  };
}

function text(of: string): string {
  return of.replace(BEARER, `$1 ${CENSORED}`).replace(CREDENTIALS_IN_URL, `$1${CENSORED}@`);
}

function isSecret(name: string): boolean {
  return SECRET.has(name.toLowerCase().replaceAll(/[-_]/g, '')) || /signature$/i.test(name);
}
