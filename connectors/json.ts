import { type ErrorCode, ParityError } from '../schemas/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 64;
/** A string, or an integer too long for a double. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/**
 * Reads JSON of a platform. Integers of 16 and more digits come out as strings, since listing ids outgrow a double.
 * @throws ParityError with `code` when it is no JSON or nested deeper than 64
 */
export function parseJson(text: string, code: ErrorCode): unknown {
  if (depthOf(text) > MAX_DEPTH) throw new ParityError(code, 'the JSON is nested too deeply');
  try {
    return JSON.parse(
      text.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"${token}"`)),
    );
  } catch (cause) {
    throw new ParityError(code, 'the body is not JSON', { cause });
  }
}

/** @throws ParityError with `code` when it is no JSON object. */
export function parseJsonObject(text: string, code: ErrorCode): JsonObject {
  const value = parseJson(text, code);
  if (!isObject(value)) throw new ParityError(code, 'the body is no JSON object');
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string, or a number as its digits; undefined for anything else and for ''. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A whole number, also written as a string; undefined for anything else. */
export function integerOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** Deepest nesting of brackets outside strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}
