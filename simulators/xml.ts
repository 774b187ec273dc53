import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element as the parser gives it: children by name (lists where repeated), attributes with `@`, text as `#text`. */
export type XmlNode = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

/** Root name and element of a well-formed document without DTD and entities; undefined for anything else. */
export function readXml(
  text: string,
): { readonly root: string; readonly element: XmlNode } | undefined {
  if (/<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const document = parser.parse(text) as Record<string, unknown>;
  const root = Object.keys(document).find((name) => name !== '?xml');
  if (root === undefined) return undefined;
  const element = document[root];
  return { root, element: isNode(element) ? element : { '#text': String(element) } };
}

export function isNode(value: unknown): value is XmlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All children of a name, text-only ones as `#text`. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  const value = node[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((child: unknown) =>
    isNode(child) ? child : { '#text': String(child) },
  );
}

/** Text of a child or value of an attribute (`@name`); undefined when it is not there. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const value = node[name];
  if (typeof value === 'string') return value;
  if (isNode(value) && typeof value['#text'] === 'string') return value['#text'];
  return isNode(value) ? '' : undefined;
}

/** Every element of a name, at any depth. */
export function descendantsOf(node: XmlNode, name: string): readonly XmlNode[] {
  const found: XmlNode[] = [];
  const visit = (value: unknown, key: string) => {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue;
      if (key === name) found.push(child);
      for (const [inner, grandchild] of Object.entries(child)) visit(grandchild, inner);
    }
  };
  for (const [key, value] of Object.entries(node)) visit(value, key);
  return found;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; attributes that are undefined are left out, children are finished XML. */
export function tag(
  name: string,
  attributes: Attributes = {},
  children: readonly string[] = [],
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('');
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join('')}</${name}>`;
}

/** An element with text. */
export function leaf(name: string, text: string | number): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}
