import { type SimRequest, type SimResponse, xmlAnswer } from '../http.ts';
import { childrenOf, leaf, readXml, tag, textOf, type XmlNode } from '../xml.ts';
import type { ExpediaRule, ExpediaSettings } from './settings.ts';

/** The interfaces: path, root of the request, its namespace, and the namespace of the answer, which is another for AR and BC. */
export const INTERFACES = {
  ar: { request: 'AvailRateUpdateRQ', namespace: 'AR/2011/06', answer: 'AR/2007/02' },
  parr: {
    request: 'ProductAvailRateRetrievalRQ',
    namespace: 'PAR/2013/07',
    answer: 'PAR/2013/07',
  },
  br: { request: 'BookingRetrievalRQ', namespace: 'BR/2014/01', answer: 'BR/2014/01' },
  bc: { request: 'BookingConfirmRQ', namespace: 'BC/2007/09', answer: 'BC/2007/08' },
} as const;
export type InterfaceName = keyof typeof INTERFACES;

export interface Notice {
  readonly rule: ExpediaRule;
  readonly code: number;
  readonly text: string;
}

/** Which interface a request is for; undefined: none. */
export function interfaceOf(request: SimRequest): InterfaceName | undefined {
  const name = /^\/eqc\/(\w+)$/.exec(request.path)?.[1];
  return name !== undefined && Object.hasOwn(INTERFACES, name)
    ? (name as InterfaceName)
    : undefined;
}

/** The answer of an interface with its content. */
export function eqcAnswer(name: InterfaceName, content: readonly string[]): SimResponse {
  const { request, answer } = INTERFACES[name];
  const root = request.replace(/RQ$/, 'RS');
  const xmlns = `http://www.expediaconnect.com/EQC/${answer}`;
  return xmlAnswer(200, tag(root, { xmlns }, content), {
    'content-type': 'text/xml; charset=utf-8',
  });
}

/** Errors: nothing of the message was done. */
export function errorAnswer(name: InterfaceName, errors: readonly Notice[]): SimResponse {
  const seen = new Set<string>();
  const elements = errors.flatMap(({ code, text }) => {
    const element = noticeElement('Error', code, text);
    if (seen.has(element)) return [];
    seen.add(element);
    return [element];
  });
  return eqcAnswer(name, elements);
}

export function noticeElement(name: 'Error' | 'Warning', code: number, text: string): string {
  return leaf(name, text).replace(`<${name}>`, `<${name} code="${code}">`);
}

/** An envelope that may be looked into, or why not. */
export type Envelope =
  | { readonly element: XmlNode; readonly user: string }
  | { readonly fault: Notice };

/**
 * Reads a message as far as all interfaces have it in common: XML, namespace, and who sends it. The identity must stand in the message; a Basic
 * header, where there is one, must say the same.
 */
export function readEnvelope(
  name: InterfaceName,
  request: SimRequest,
  settings: ExpediaSettings,
): Envelope {
  const { request: root, namespace } = INTERFACES[name];
  if (!/^(text|application)\/xml\b/.test(request.headers['content-type'] ?? ''))
    return fault('content_type_invalid', 2002, 'Content-Type must be text/xml');
  if (Buffer.byteLength(request.body) > settings.maxBytes)
    return fault('message_too_large', 3405, 'The message is too large');
  const document = readXml(request.body);
  if (!document) return fault('malformed_xml', 2002, 'Parsing error: the message is no XML');
  const { element } = document;
  const xmlns = namespaceOf(request.body);
  if (xmlns !== `http://www.expediaconnect.com/EQC/${namespace}`)
    return fault(
      'namespace_outdated',
      2010,
      `The namespace specified is invalid: ${xmlns ?? 'none'}`,
    );
  if (document.root !== root)
    return fault('schema_invalid', 3010, `${document.root} is not expected here`);
  const identity = childrenOf(element, 'Authentication')[0];
  if (!identity || Object.keys(element).find((key) => !key.startsWith('@')) !== 'Authentication')
    return fault('schema_invalid', 3010, 'Authentication must come first');
  const [user = '', password = ''] = ['@username', '@password'].map((one) =>
    unescapeXml(textOf(identity, one) ?? ''),
  );
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const isSame =
    basic === undefined || Buffer.from(basic, 'base64').toString('utf8') === `${user}:${password}`;
  if (!Object.hasOwn(settings.users, user) || settings.users[user] !== password || !isSame)
    return fault('credentials_invalid', 1001, 'Authentication error: invalid username or password');
  return { element, user };
}

function fault(rule: ExpediaRule, code: number, text: string): Envelope {
  return { fault: { rule, code, text } };
}

/** The namespace of the root element, by prefix or by default. */
function namespaceOf(body: string): string | undefined {
  const start = /<(?:([\w-]+):)?[A-Za-z][^<>]*>/.exec(body);
  const [tag = '', prefix] = start ?? [];
  const name = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
  return new RegExp(`\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(tag)?.[1];
}

const CHARACTERS: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
};

/** The reader leaves references as they are. */
function unescapeXml(text: string): string {
  return text.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (whole, name: string) => CHARACTERS[name] ?? whole,
  );
}
