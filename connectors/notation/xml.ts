import { type ErrorCode, ParityError } from '../../schemas/errors.ts';

/** An element; names are local (namespace prefixes dropped), attributes unescaped, comments and instructions left out. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Own character data, joined and trimmed. */
  readonly text: string;
}

/** Bounds that no message of a platform comes near. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 500_000;
/** Longest words of an error, characters: it may quote the document. */
const MAX_COMPLAINT = 200;

const NAME = /[A-Za-z_:\u0080-\uffff][-\w.:\u0080-\uffff]*/y;
const ATTRIBUTE =
  /\s+([A-Za-z_:\u0080-\uffff][-\w.:\u0080-\uffff]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const REFERENCE = /&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|([A-Za-z]+));|&/g;
const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

interface OpenElement {
  readonly name: string;
  readonly qualified: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads one XML document. No DTD, no entities but the five of XML, no unbounded depth: a document type declaration or an
 * unknown reference is an error, so nothing can be expanded or fetched.
 * @param code the code that the caller's side of the wire uses, REQUEST_MALFORMED or CHANNEL_RESPONSE_MALFORMED
 * @throws ParityError with `code` for anything that is not well-formed
 */
export function parseXml(text: string, code: ErrorCode): XmlElement {
  const fail = (what: string): never => {
    throw new ParityError(code, `not well-formed XML: ${what.slice(0, MAX_COMPLAINT)}`);
  };
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;

  const skipTo = (end: string, from: number): number => {
    const found = text.indexOf(end, from);
    return found < 0 ? fail(`"${end}" is missing`) : found + end.length;
  };
  const addText = (raw: string): void => {
    const parent = open[open.length - 1];
    if (parent) parent.text += raw;
    else if (raw.trim() !== '') fail('text outside the root element');
  };
  const close = (element: OpenElement): void => {
    const { name, attributes, children } = element;
    const finished: XmlElement = { name, attributes, children, text: element.text.trim() };
    const parent = open[open.length - 1];
    if (parent) parent.children.push(finished);
    else root = finished;
  };
  const startTag = (from: number): number => {
    if (root) fail('more than one root element');
    count += 1;
    if (count > MAX_ELEMENTS || open.length >= MAX_DEPTH)
      fail('too many or too deeply nested elements');
    const qualified = matchAt(NAME, text, from)?.[0] ?? fail('an element without a name');
    const attributes: Record<string, string> = {};
    let cursor = from + qualified.length;
    for (
      let found = matchAt(ATTRIBUTE, text, cursor);
      found;
      found = matchAt(ATTRIBUTE, text, cursor)
    ) {
      const key = found[1] ?? '';
      if (key !== 'xmlns' && !key.startsWith('xmlns:'))
        attributes[localName(key)] = resolveReferences(found[2] ?? found[3] ?? '', fail);
      cursor += found[0].length;
    }
    while (isSpace(text.charCodeAt(cursor))) cursor += 1;
    const element: OpenElement = {
      name: localName(qualified),
      qualified,
      attributes,
      children: [],
      text: '',
    };
    if (text.startsWith('/>', cursor)) {
      close(element);
      return cursor + 2;
    }
    if (text[cursor] !== '>') fail(`the tag of ${qualified} does not end`);
    open.push(element);
    return cursor + 1;
  };
  const endTag = (from: number): number => {
    const qualified = matchAt(NAME, text, from)?.[0] ?? '';
    const element = open.pop();
    if (!element || element.qualified !== qualified) return fail(`</${qualified}> closes nothing`);
    const end = skipTo('>', from);
    if (text.slice(from + qualified.length, end - 1).trim() !== '')
      fail(`the end tag of ${qualified} is not one`);
    close(element);
    return end;
  };

  while (at < text.length) {
    const next = text.indexOf('<', at);
    if (next !== at) addText(resolveReferences(text.slice(at, next < 0 ? undefined : next), fail));
    if (next < 0) break;
    if (text.startsWith('<!--', next)) at = skipTo('-->', next + 4);
    else if (text.startsWith('<?', next)) at = skipTo('?>', next + 2);
    else if (text.startsWith('<![CDATA[', next)) {
      at = skipTo(']]>', next + 9);
      addText(text.slice(next + 9, at - 3));
    } else if (text[next + 1] === '!') fail('declarations are not allowed');
    else at = text[next + 1] === '/' ? endTag(next + 2) : startTag(next + 1);
  }
  if (open.length > 0) fail(`${open[open.length - 1]?.qualified} is not closed`);
  return root ?? fail('no element');
}

/** First child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** First element along a path of names, `a/b/c`. */
export function path(element: XmlElement | undefined, names: string): XmlElement | undefined {
  return names.split('/').reduce<XmlElement | undefined>(child, element);
}

/** Every descendant of that name, in document order. */
export function descendants(element: XmlElement, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = ({ children }: XmlElement): void => {
    for (const one of children) {
      if (one.name === name) found.push(one);
      visit(one);
    }
  };
  visit(element);
  return found;
}

/** Writes an element; `undefined` attributes are left out. Everything is escaped, characters that XML forbids are dropped. */
export function xml(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  content: string | readonly string[] = [],
): string {
  let tag = `<${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) tag += ` ${key}="${escapeXml(value)}"`;
  const inner = typeof content === 'string' ? escapeXml(content) : content.join('');
  return inner === '' ? `${tag}/>` : `${tag}>${inner}</${name}>`;
}

/** Writes a parsed element back, without its namespaces. */
export function writeElement(element: XmlElement): string {
  const inner = element.children.map(writeElement);
  if (element.text !== '') inner.unshift(escapeXml(element.text));
  return xml(element.name, element.attributes, inner);
}

const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text that is safe in content and in attribute values. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[<>&"']/g, (character) => ESCAPES[character] ?? '');
}

function resolveReferences(text: string, fail: (what: string) => never): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? fail(`the entity ${whole} is not allowed`);
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN);
    const valid = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return valid ? String.fromCodePoint(point) : fail('a broken character reference');
  });
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(':') + 1);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
