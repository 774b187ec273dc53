import { type ErrorCode, ParityError } from '../../schemas/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 64;
/** A double holds every integer of fifteen digits. */
const MAX_EXACT_DIGITS = 15;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/**
 * Reads JSON of a platform. Integers of 16 and more digits come out as strings, since listing ids outgrow a double.
 * @throws ParityError with `code` when it is no JSON or nested deeper than 64
 */
export function parseJson(text: string, code: ErrorCode): unknown {
  const readable = withLongIntegersQuoted(text, code);
  try {
    return JSON.parse(readable);
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

/** One walk over the text, without patterns: a platform may send a string, or digits, of any length. */
function withLongIntegersQuoted(text: string, code: ErrorCode): string {
  let quoted = '';
  let copied = 0;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (isDigit(character) || character === MINUS) {
      const end = endOfNumber(text, at);
      if (isLongInteger(text, at, end)) {
        quoted += `${text.slice(copied, at)}"${text.slice(at, end)}"`;
        copied = end;
      }
      at = end;
    } else {
      if (character === 0x7b || character === 0x5b) depth += 1;
      else if (character === 0x7d || character === 0x5d) depth -= 1;
      if (depth > MAX_DEPTH) throw new ParityError(code, 'the JSON is nested too deeply');
      at += 1;
    }
  }
  return quoted + text.slice(copied);
}

/** Behind the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) return at + 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at += 1;
  return at;
}

function isLongInteger(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  if (end - first <= MAX_EXACT_DIGITS) return false;
  for (let at = first; at < end; at += 1) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

/** Digits, sign, point and exponent. */
function isOfNumber(character: number): boolean {
  return (
    isDigit(character) ||
    character === MINUS ||
    character === 0x2b ||
    character === 0x2e ||
    character === 0x65 ||
    character === 0x45
  );
}
